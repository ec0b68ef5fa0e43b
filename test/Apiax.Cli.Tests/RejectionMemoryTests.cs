using System.Runtime.Versioning;
using System.Text.Json.Nodes;

namespace Apiax.Cli.Tests;

/// <summary>A rejected password is sent once, however often the tool is run.</summary>
[TestFixture]
internal sealed class RejectionMemoryTests() : SandboxedTests(isClockStopped: true)
{
    private string RejectionsFile => Path.Combine(World.StateFolder, "rejections.json");

    private int PasswordsSent => Apiax.TokenRequests.Count(request => request.GrantType == "password");

    [SetUp]
    public void MistypePassword() => World.Set("Password", "wrong");

    [Test]
    public async Task Over_two_runs_it_is_sent_once()
    {
        await World.CheckAsync();
        Clock.Advance(TimeSpan.FromSeconds(12));
        var second = await World.CheckAsync();

        Assert.That((second.ExitCode, PasswordsSent), Is.EqualTo((16, 1)));
        Assert.That(second.LineOf(Link.SignIn), Does.EndWith("the password was not sent: the server rejected it at 12:00:00"));
        Assert.That(second.Output, Does.Contain("Another password can be tried at once. This one is not sent before 12:01:00 (in 48 seconds)"));
    }

    [Test]
    public async Task After_a_minute_it_is_sent_again_then_after_two()
    {
        var sent = new List<int>();
        foreach (var seconds in new[] { 0, 59, 2, 119, 2 })
        {
            Clock.Advance(TimeSpan.FromSeconds(seconds));
            await World.CheckAsync();
            sent.Add(PasswordsSent);
        }

        Assert.That(sent, Is.EqualTo(new[] { 1, 1, 2, 2, 3 }));
    }

    [Test]
    public async Task Another_password_is_sent_at_once()
    {
        await World.CheckAsync();
        Clock.Advance(TimeSpan.FromSeconds(2));
        World.Set("Password", Apiax.Password);

        Assert.That(((await World.CheckAsync()).ExitCode, PasswordsSent), Is.EqualTo((0, 2)));
    }

    [Test]
    public async Task After_another_password_was_accepted_a_rejected_one_keeps_its_pause_and_then_starts_at_one_minute()
    {
        var sent = new List<int>();
        foreach (var (seconds, password) in new[] { (0, "wrong"), (61, "wrong"), (2, Apiax.Password), (2, "wrong"), (115, "wrong"), (2, "wrong"), (59, "wrong"), (2, "wrong") })
        {
            Clock.Advance(TimeSpan.FromSeconds(seconds));
            World.Set("Password", password);
            await World.CheckAsync();
            sent.Add(PasswordsSent);
        }

        Assert.That(sent, Is.EqualTo(new[] { 1, 2, 3, 3, 3, 4, 4, 5 }));
    }

    [TestCase("ClientId")]
    [TestCase("Scope")]
    [TestCase("Username")]
    [TestCase("TokenEndpoint")]
    public async Task Other_settings_of_the_same_account_neither_have_it_sent_again_nor_begin_with_a_minute(string name)
    {
        await World.CheckAsync();
        Clock.Advance(TimeSpan.FromSeconds(61));
        await World.CheckAsync();
        World.Set(name, name switch
        {
            "Username" => Apiax.Username.ToUpperInvariant(),
            "TokenEndpoint" => $"{Apiax.TokenEndpoint}?key=value",
            _ => "another",
        });
        Clock.Advance(TimeSpan.FromSeconds(61));
        await World.CheckAsync();

        Assert.That(PasswordsSent, Is.EqualTo(2));
    }

    [Test]
    public async Task The_same_password_of_another_user_is_sent()
    {
        await World.CheckAsync();
        World.Set("Username", "other-user");
        await World.CheckAsync();

        Assert.That(PasswordsSent, Is.EqualTo(2));
    }

    [Test]
    public async Task Another_password_waits_until_the_server_does_not_count_the_two_together()
    {
        // Longer than any pause, so that a time limit does not count as one and does not end when the clock advances.
        World.Set("AttemptTimeout", "00:05:00");
        World.Set("TokenTimeout", "00:05:00");
        await World.CheckAsync();
        World.Set("Password", "wrong too");
        var second = await Clock.PassPausesAsync(() => World.CheckAsync());

        Assert.That((second.ExitCode, PasswordsSent, Apiax.LockOuts), Is.EqualTo((16, 2, 0)));
    }

    [Test]
    public async Task Two_runs_at_the_same_time_send_it_once()
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Task.Run(() => World.CheckAsync())));

        Assert.That(runs.Select(run => run.ExitCode), Is.All.EqualTo(16));
        Assert.That(PasswordsSent, Is.EqualTo(1));
    }

    [Test]
    public async Task A_run_that_ends_in_the_middle_of_the_request_counts_as_a_rejection()
    {
        using var stop = new CancellationTokenSource();
        await using var server = new ScriptedServer(request => Answer(request, stop));
        World.Use(new Uri($"http://127.0.0.1:{server.Port}/token"));
        World.Set("TokenTimeout", "00:00:10");
        var stopped = await World.RunAsync(stop.Token, "check");
        var second = await World.CheckAsync();

        Assert.That((stopped.ExitCode, stopped.Error, second.ExitCode), Is.EqualTo((130, "Stopped.\n", 16)));
        Assert.That(second.LineOf(Link.SignIn), Does.EndWith("the password was not sent: a login of this user, sent at 12:00:00, may still be in progress"));
        Assert.That(RetryOn(await World.CheckAsync("--json")), Is.EqualTo(World.Noon.AddMinutes(1)), "it counts as rejected then");
        Clock.Advance(TimeSpan.FromSeconds(39));
        Assert.That((await World.CheckAsync()).LineOf(Link.SignIn), Does.EndWith("may still be in progress"), "for TokenTimeout and 30 s");
        Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That((await World.CheckAsync()).LineOf(Link.SignIn), Does.EndWith("the password was not sent: it was sent at 12:00:00, and the server's answer is not known"));
        Assert.That(server.Requests.Count(request => request.Body.Contains("password=", StringComparison.Ordinal)), Is.EqualTo(1));

        static string? Answer(ScriptedRequest request, CancellationTokenSource stop)
        {
            if (!request.Body.Contains("password=", StringComparison.Ordinal))
                return ScriptedServer.Answer(400, """{"error":"invalid_request"}""");

            stop.Cancel();
            return null;
        }
    }

    [TestCase("invalid_client")]
    [TestCase("unauthorized_client")]
    [TestCase("unsupported_grant_type")]
    [TestCase("invalid_request")]
    [TestCase("invalid_scope")]
    public async Task A_refusal_of_the_client_does_not_count_as_a_rejected_password(string error)
    {
        World.Set("Password", Apiax.Password);
        World.Set("ClientId", "somebody-else");
        AnswerToProbe();
        Apiax.AnswerTokenRequests($$"""{"error":"{{error}}"}""", statusCode: 400);
        var first = await World.CheckAsync();
        World.Set("ClientId", null);
        Clock.Advance(TimeSpan.FromSeconds(1.5));
        var second = await World.CheckAsync();

        Assert.That((first.ExitCode, second.ExitCode), Is.EqualTo((16, 0)), second.Output);
        Assert.That(first.Output, Does.Contain("What to do        Check ClientId and Scope.\n"));
    }

    [TestCase("""{"error":"access_denied"}""", 403, "Ask Apiax why it refuses this user.", "the server rejected it at 12:00:00")]
    [TestCase("""{"error":"account_disabled"}""", 400, "Ask Apiax why it refuses this user.", "the server rejected it at 12:00:00")]
    [TestCase("<html>blocked</html>", 451, "Ask your network team whether a proxy or a firewall answers instead of the server.", "it was sent at 12:00:00, and the server's answer is not known")]
    public async Task A_refusal_that_may_be_about_the_user_counts_as_a_rejected_password(string body, int status, string advice, string words)
    {
        AnswerToProbe();
        Apiax.AnswerTokenRequests(body, statusCode: status);
        var first = await World.CheckAsync();
        Clock.Advance(TimeSpan.FromSeconds(59));
        var second = await World.CheckAsync();

        Assert.That((first.ExitCode, second.ExitCode, PasswordsSent), Is.EqualTo((16, 16, 1)), first.Output + second.Output);
        Assert.That(first.Output, Does.Contain($"{advice} Another password can be tried at once. This one is not sent before 12:01:00 (in 1 minute)"));
        Assert.That(second.LineOf(Link.SignIn), Does.EndWith($"the password was not sent: {words}"));
    }

    [Test]
    public async Task An_unavailable_server_is_no_rejection()
    {
        World.Set("Password", Apiax.Password);
        World.Set("AttemptTimeout", "00:00:01");
        World.Set("TokenTimeout", "00:00:01");
        AnswerToProbe();
        Apiax.FailTokenRequests(503);
        var first = await World.CheckAsync();
        Clock.Advance(TimeSpan.FromSeconds(1.5));

        Assert.That((first.ExitCode, (await World.CheckAsync()).ExitCode), Is.EqualTo((16, 0)));
    }

    [TestCase(500)]
    [TestCase(504)]
    public async Task A_password_whose_login_may_be_in_progress_is_not_sent_again_for_half_a_minute(int status)
    {
        AnswerToProbe();
        Apiax.FailTokenRequests(status);
        var sent = new List<int>();
        var lines = new List<string>();
        foreach (var seconds in new[] { 0, 29, 2 })
        {
            Clock.Advance(TimeSpan.FromSeconds(seconds));
            lines.Add((await World.CheckAsync()).LineOf(Link.SignIn));
            sent.Add(PasswordsSent);
        }

        Assert.That(sent, Is.EqualTo(new[] { 1, 1, 2 }));
        Assert.That(lines[1], Does.EndWith("the password was not sent: a login of this user, sent at 12:00:00, may still be in progress"));
    }

    [TestCase(500)]
    [TestCase(504)]
    public async Task Nor_is_another_password_of_the_user_since_two_logins_could_overlap(int status)
    {
        AnswerToProbe();
        Apiax.FailTokenRequests(status);
        await World.CheckAsync();
        World.Set("Password", Apiax.Password);
        Clock.Advance(TimeSpan.FromSeconds(10));
        var second = await World.CheckAsync();
        Clock.Advance(TimeSpan.FromSeconds(20));

        Assert.That((second.ExitCode, PasswordsSent, (await World.CheckAsync()).ExitCode), Is.EqualTo((16, 1, 0)), second.Output);
        Assert.That(second.Output, Does.Contain("What to do        No password of this user is sent before 12:00:30 (in 20 seconds), since overlapping logins can lock the account.\n"));
    }

    [Test]
    public async Task Scripts_get_the_end_of_the_longer_pause()
    {
        await World.CheckAsync();
        AnswerToProbe();
        Apiax.FailTokenRequests(500);
        World.Set("Password", Apiax.Password);
        Clock.Advance(TimeSpan.FromSeconds(10));
        await World.CheckAsync();
        var ofAccount = RetryOn(await World.CheckAsync("--json"));
        World.Set("Password", "wrong");

        Assert.That((ofAccount, RetryOn(await World.CheckAsync("--json"))), Is.EqualTo((World.Noon.AddSeconds(40), World.Noon.AddMinutes(1))));
    }

    [Test]
    public async Task If_rejections_cannot_be_recorded_no_password_is_sent()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(World.StateFolder)!);
        await File.WriteAllTextAsync(World.StateFolder, "a file, not a folder");
        var run = await World.CheckAsync();

        Assert.That((run.ExitCode, PasswordsSent), Is.EqualTo((16, 0)));
        Assert.That(run.LineOf(Link.SignIn), Does.Contain($"the password was not sent: {World.StateFolder}, where rejections are recorded, cannot be written"));
    }

    [TestCase("[{")]
    [TestCase("")]
    [TestCase("null")]
    [TestCase("{}")]
    [TestCase("7")]
    [TestCase("[7]")]
    [TestCase("[null]")]
    [TestCase("[{}]")]
    public async Task A_damaged_file_is_replaced(string text)
    {
        await World.CheckAsync();
        await File.WriteAllTextAsync(RejectionsFile, text);
        Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.That(((await World.CheckAsync()).ExitCode, (await World.CheckAsync()).ExitCode, PasswordsSent), Is.EqualTo((16, 16, 2)));
    }

    [TestCase("Length", "\"-00:01:00\"")]
    [TestCase("Length", "\"10675199.02:48:05\"")]
    [TestCase("Length", "\"00:18:46\"")]
    [TestCase("Length", "7")]
    [TestCase("Unanswered", "\"10675199.02:48:05\"")]
    [TestCase("Times", "-1")]
    [TestCase("Times", "2147483647")]
    [TestCase("Times", "\"once\"")]
    [TestCase("Account", "null")]
    [TestCase("Account", "[]")]
    [TestCase("Password", "null")]
    public async Task An_impossible_rejection_record_does_not_count(string member, string value)
    {
        await World.CheckAsync();
        var spoiled = JsonNode.Parse(await File.ReadAllTextAsync(RejectionsFile))!;
        spoiled[0]![member] = JsonNode.Parse(value);
        await File.WriteAllTextAsync(RejectionsFile, spoiled.ToJsonString());
        Clock.Advance(TimeSpan.FromSeconds(2));
        var run = await World.CheckAsync();

        Assert.That((run.ExitCode, PasswordsSent), Is.EqualTo((16, 2)), run.Output + run.Error);
        Assert.That(run.Output, Does.Contain(" (in 1 minute)"));
    }

    [TestCase("9999-12-31T23:59:59+00:00")]
    [TestCase("0001-01-01T00:00:00+00:00")]
    public async Task A_rejection_far_from_now_is_dropped(string instant)
    {
        await World.CheckAsync();
        var spoiled = JsonNode.Parse(await File.ReadAllTextAsync(RejectionsFile))!;
        spoiled[0]!["On"] = instant;
        await File.WriteAllTextAsync(RejectionsFile, spoiled.ToJsonString());
        World.Set("Password", "wrong too");
        var run = await World.CheckAsync();

        Assert.That((run.ExitCode, PasswordsSent), Is.EqualTo((16, 2)), run.Output + run.Error);
        Assert.That(JsonNode.Parse(await File.ReadAllTextAsync(RejectionsFile))!.AsArray(), Has.Count.EqualTo(1));
    }

    [Test]
    [Platform(Exclude = "Win")]
    [UnsupportedOSPlatform("windows")]
    public async Task Other_users_cannot_read_the_rejections()
    {
        await World.CheckAsync();

        Assert.That(File.GetUnixFileMode(World.StateFolder), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        Assert.That(Directory.GetFiles(World.StateFolder).Select(Path.GetFileName), Is.EquivalentTo(new[] { "rejections.json", "rejections.key", "rejections.lock" }));
        Assert.That(Directory.GetFiles(World.StateFolder).Select(File.GetUnixFileMode), Is.All.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public async Task The_stored_rejections_contain_neither_user_nor_password()
    {
        await World.CheckAsync();

        Assert.That(World.KeptFiles(), Does.Not.Contain("wrong").And.Not.Contain(Apiax.Username).And.Contain("IsAnswered"));
    }

    private static DateTimeOffset RetryOn(Run run) => run.DetailOf("login", "retryOn").GetDateTimeOffset();

    private void AnswerToProbe() => Apiax.AnswerTokenRequests("""{"error":"invalid_request"}""", statusCode: 400);
}
