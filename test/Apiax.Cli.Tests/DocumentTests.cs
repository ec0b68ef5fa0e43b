using System.Text.Json;

namespace Apiax.Cli.Tests;

/// <summary>The document for scripts: exactly one, and no other output.</summary>
[TestFixture]
internal sealed class DocumentTests : SandboxedTests
{
    [Test]
    public async Task All_links_are_in_it_in_their_order()
    {
        var run = await World.CheckAsync("--json");
        var links = run.Json.GetProperty("links").EnumerateArray().ToList();

        Assert.That(links.Select(link => link.GetProperty("link").GetString()), Is.EqualTo(new[] { "configuration", "dns", "tcp", "tls", "endpoint", "login", "clock", "lifetime", "refresh", "api" }));
        Assert.That(links.Select(link => link.GetProperty("state").GetString()), Is.EqualTo(Enumerable.Repeat("ok", 9).Append("not checked")));
        Assert.That((run.Json.GetProperty("exitCode").GetInt32(), run.Json.GetProperty("broken").ValueKind, run.Error), Is.EqualTo((0, JsonValueKind.Null, "")));
        Assert.That(run.DetailOf("lifetime", "lifetimeSeconds").GetInt32(), Is.EqualTo(1800));
        Assert.That(run.DetailOf("lifetime", "member").GetString(), Is.EqualTo("expires_in"));
    }

    [Test]
    public async Task The_first_broken_link_is_named_and_when_the_password_may_be_tried_again()
    {
        World.StopClock();
        World.Set("Password", "wrong");
        var run = await World.CheckAsync("--json");
        var links = run.Json.GetProperty("links").EnumerateArray().ToList();

        // The machine's clock is months behind the sandbox's.
        Assert.That((run.ExitCode, run.Json.GetProperty("exitCode").GetInt32(), run.Json.GetProperty("broken").GetString()), Is.EqualTo((16, 16, "login")));
        Assert.That(links.Where(link => link.GetProperty("state").GetString() == "broken").Select(link => link.GetProperty("link").GetString()), Is.EqualTo(new[] { "login", "clock" }));
        Assert.That(run.DetailOf("clock", "differenceSeconds").GetDouble(), Is.GreaterThan(300));
        Assert.That(run.DetailOf("login", "retryOn").GetDateTimeOffset(), Is.EqualTo(World.Noon.AddMinutes(1)));
    }

    [Test]
    public async Task A_check_with_the_settings_of_the_sandbox_succeeds()
    {
        using var stop = new CancellationTokenSource();
        await using var output = new WatchedWriter();
        using var error = new StringWriter();
        var sandbox = Tool.RunAsync(["sandbox", "--json", "--port", "0"], World.SurroundingsOf(output, error), stop.Token);
        var settings = await output.Written.WaitAsync(TimeSpan.FromSeconds(10));
        foreach (var name in World.Environment.Keys)
            World.Environment.Remove(name);

        World.Write("appsettings.json", settings);
        var host = JsonDocument.Parse(settings).RootElement.GetProperty("Apiax").GetProperty("ApiHosts")[0].GetString();
        var run = await World.CheckAsync($"http://{host}/rules");
        await stop.CancelAsync();

        Assert.That(run.ExitCode, Is.Zero, run.Output);
        Assert.That(await sandbox, Is.EqualTo(130));
        Assert.That(error.ToString().TrimEnd(), Does.EndWith("Stopped."));
    }

    [Test]
    public async Task A_port_that_is_taken()
    {
        var run = await World.RunAsync(default, "sandbox", "--port", $"{Apiax.BaseAddress.Port}");

        Assert.That((run.ExitCode, run.Output), Is.EqualTo((3, "")));
        Assert.That(run.Error, Does.StartWith($"Port {Apiax.BaseAddress.Port} is in use"));
    }
}
