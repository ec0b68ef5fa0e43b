using System.Runtime.Versioning;

namespace Apiax.Cli.Tests;

/// <summary>A rejected password is sent once, however often the tool is run.</summary>
[TestFixture]
internal sealed class RejectionMemoryTests() : SandboxedTests(isClockStopped: true)
{
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
        Assert.That(second.Output, Does.Contain("Another password is tried at once. This one is not sent before 12:01:00 (in 48 seconds)"));
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
    public async Task Another_password_is_sent_at_once_and_if_accepted_all_is_forgotten()
    {
        await World.CheckAsync();
        Clock.Advance(TimeSpan.FromSeconds(2));
        World.Set("Password", Apiax.Password);
        var right = await World.CheckAsync();
        World.Set("Password", "wrong");
        Clock.Advance(TimeSpan.FromSeconds(2));
        await World.CheckAsync();

        Assert.That((right.ExitCode, PasswordsSent), Is.EqualTo((0, 3)));
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
        // The clock runs on while requests are under way.
        World.Set("AttemptTimeout", "00:05:00");
        World.Set("TokenTimeout", "00:05:00");
        await World.CheckAsync();
        World.Set("Password", "wrong too");
        var second = World.CheckAsync();
        while (!second.IsCompleted)
        {
            await Task.Yield();
            Clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.That(((await second).ExitCode, PasswordsSent, Apiax.LockOuts), Is.EqualTo((16, 2, 0)));
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
        var stopped = await World.RunAsync(stop.Token, "check");
        var second = await World.CheckAsync();

        Assert.That((stopped.ExitCode, stopped.Error, second.ExitCode), Is.EqualTo((130, "Stopped.\n", 16)));
        Assert.That(second.LineOf(Link.SignIn), Does.EndWith("the password was not sent: it went out at 12:00:00, and what the server said is not known"));
        Assert.That(server.Requests.Count(request => request.Body.Contains("password=", StringComparison.Ordinal)), Is.EqualTo(1));

        static string? Answer(ScriptedRequest request, CancellationTokenSource stop)
        {
            if (!request.Body.Contains("password=", StringComparison.Ordinal))
                return ScriptedServer.Answer(400, """{"error":"invalid_request"}""");

            stop.Cancel();
            return null;
        }
    }

    [Test]
    public async Task What_says_nothing_of_the_password_is_not_held_against_it()
    {
        World.Set("Password", Apiax.Password);
        World.Set("ClientId", "somebody-else");
        var first = await World.CheckAsync();
        World.Set("ClientId", null);
        Clock.Advance(TimeSpan.FromSeconds(1.5));
        var second = await World.CheckAsync();

        Assert.That((first.ExitCode, second.ExitCode), Is.EqualTo((16, 0)), second.Output);
    }

    [Test]
    public async Task An_unavailable_server_is_no_rejection()
    {
        World.Set("Password", Apiax.Password);
        Apiax.AnswerTokenRequests("""{"error":"invalid_request"}""", statusCode: 400);
        Apiax.FailTokenRequests(503);
        var first = await World.CheckAsync();
        Clock.Advance(TimeSpan.FromSeconds(1.5));

        Assert.That((first.ExitCode, (await World.CheckAsync()).ExitCode), Is.EqualTo((16, 0)));
    }

    [Test]
    public async Task Where_nothing_can_be_remembered_no_password_is_sent()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(World.StateFolder)!);
        await File.WriteAllTextAsync(World.StateFolder, "a file, not a folder");
        var run = await World.CheckAsync();

        Assert.That((run.ExitCode, PasswordsSent), Is.EqualTo((16, 0)));
        Assert.That(run.LineOf(Link.SignIn), Does.Contain($"the password was not sent: {World.StateFolder} cannot be written"));
    }

    [Test]
    public async Task A_file_that_somebody_spoiled_is_begun_anew()
    {
        await World.CheckAsync();
        await File.WriteAllTextAsync(Path.Combine(World.StateFolder, "rejections.json"), "[{");
        Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.That(((await World.CheckAsync()).ExitCode, (await World.CheckAsync()).ExitCode, PasswordsSent), Is.EqualTo((16, 16, 2)));
    }

    [Test]
    [Platform(Exclude = "Win")]
    [UnsupportedOSPlatform("windows")]
    public async Task Nobody_else_can_read_what_is_remembered()
    {
        await World.CheckAsync();

        Assert.That(File.GetUnixFileMode(World.StateFolder), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        Assert.That(Directory.GetFiles(World.StateFolder).Select(Path.GetFileName), Is.EquivalentTo(new[] { "rejections.json", "rejections.key", "rejections.lock" }));
        Assert.That(Directory.GetFiles(World.StateFolder).Select(File.GetUnixFileMode), Is.All.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public async Task What_is_remembered_says_neither_user_nor_password()
    {
        await World.CheckAsync();

        Assert.That(World.KeptFiles(), Does.Not.Contain("wrong").And.Not.Contain(Apiax.Username).And.Contain("IsAnswered"));
    }
}
