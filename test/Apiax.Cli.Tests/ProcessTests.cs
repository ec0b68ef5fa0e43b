using System.Text.Json;
using System.Text.RegularExpressions;

namespace Apiax.Cli.Tests;

/// <summary>The tool as a process: signals, a terminal, the system's trust.</summary>
[TestFixture]
[Platform("Linux", Reason = "Signals and pseudo terminals by the commands of Linux.")]
internal sealed partial class ProcessTests : SandboxedTests
{
    private static readonly Dictionary<string, string> Nothing = new(StringComparer.Ordinal);

    [TestCase("INT", 130)]
    [TestCase("TERM", 143)]
    public async Task A_signal_in_the_middle_of_a_request(string signal, int exitCode)
    {
        using var hold = Apiax.HoldTokenRequests();
        World.Set("AttemptTimeout", "00:00:30");
        using var tool = ToolProcess.Start(World, "check", "--json");
        await Apiax.TokenRequestsArrivedAsync(1, TimeSpan.FromSeconds(30));
        tool.Signal(signal);

        Assert.That(await tool.EndAsync(), Is.EqualTo(new Run(exitCode, "", "Stopped.\n")));
    }

    [Test]
    public async Task A_signal_while_the_password_is_under_way_leaves_whole_files_and_the_password_is_not_sent_again()
    {
        ToolProcess? tool = null;
        await using var server = new ScriptedServer(request =>
        {
            if (!request.Body.Contains("password=", StringComparison.Ordinal))
                return ScriptedServer.Answer(400, """{"error":"invalid_request"}""");

            tool!.Signal("INT");
            tool.WaitForExit();
            return null;
        });
        World.Use(new Uri($"http://127.0.0.1:{server.Port}/token"));
        using var first = tool = ToolProcess.Start(World, "check");
        var stopped = await first.EndAsync();
        using var second = tool = ToolProcess.Start(World, "check");

        Assert.That((stopped.ExitCode, stopped.Error), Is.EqualTo((130, "Stopped.\n")));
        Assert.That(Directory.GetFiles(World.StateFolder).Select(Path.GetFileName), Is.EquivalentTo(new[] { "rejections.json", "rejections.key", "rejections.lock" }));
        Assert.That(JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(World.StateFolder, "rejections.json"))).RootElement.GetArrayLength(), Is.EqualTo(1));
        Assert.That((await second.EndAsync()).LineOf(Link.SignIn), Does.Contain("may still be in progress"));
    }

    [Test]
    public async Task Ctrl_C_ends_the_sandbox()
    {
        using var tool = ToolProcess.Start(World, "sandbox", "--port", "0");
        await tool.SaysAsync("Then, in another window:");
        tool.Signal("INT");

        Assert.That(await tool.EndAsync(), Has.Property(nameof(Run.ExitCode)).EqualTo(130).And.Property(nameof(Run.Error)).EqualTo("Stopped.\n"));
    }

    [Test]
    public async Task A_signal_that_the_tool_does_not_handle_ends_the_sandbox_too()
    {
        using var tool = ToolProcess.Start(World, "sandbox", "--port", "0");
        await tool.SaysAsync("Then, in another window:");
        tool.Signal("QUIT");

        Assert.That(await tool.EndAsync(), Has.Property(nameof(Run.ExitCode)).EqualTo(131));
    }

    [Test]
    public async Task Ctrl_C_at_the_prompt_and_what_was_typed_is_not_on_the_screen()
    {
        World.Set("Password", null);
        using var tool = ToolProcess.StartOnTerminal(World, Nothing, "check");
        await tool.SaysAsync("Password (it is not shown):");
        await tool.TypeAsync("hidden");
        await tool.TypeAsync("\u0003");
        var run = await tool.EndAsync();

        Assert.That(run.ExitCode, Is.EqualTo(130), run.Output);
        Assert.That(run.Output, Does.Contain("Stopped.").And.Not.Contain("hidden").And.Not.Contain("*"));
        Assert.That(Apiax.TokenRequests, Is.Empty);
    }

    [Test]
    public async Task A_password_typed_at_the_prompt_signs_in_and_is_not_on_the_screen()
    {
        Apiax.AddUser("typist", "typed-password");
        World.Set("Username", "typist");
        World.Set("Password", null);
        using var tool = ToolProcess.StartOnTerminal(World, Nothing, "check");
        await tool.SaysAsync("Password (it is not shown):");
        await tool.TypeAsync("typed-password\r");
        var run = await tool.EndAsync();

        Assert.That(run.ExitCode, Is.Zero, run.Output);
        Assert.That(run.Output, Does.Contain("user name and password are accepted").And.Not.Contain("typed-password"));
        Assert.That(Colours().IsMatch(run.Output), "A terminal has colours.");
    }

    [Test]
    public async Task NO_COLOR_means_no_colours_on_a_terminal_either()
    {
        using var tool = ToolProcess.StartOnTerminal(World, new Dictionary<string, string>(StringComparer.Ordinal) { ["NO_COLOR"] = "1" }, "check");
        var run = await tool.EndAsync();

        Assert.That(run.ExitCode, Is.Zero, run.Output);
        Assert.That(Colours().Matches(run.Output), Is.Empty);
    }

    [Test]
    public async Task Without_a_terminal_there_is_no_prompt_and_no_control_sequence()
    {
        World.Set("Password", null);
        using var tool = ToolProcess.Start(World, "check");
        var run = await tool.EndAsync();

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((10, "")));
        Assert.That(run.LineOf(Link.Configuration), Does.Contain("there is no password; looked in"));
        Assert.That(run.Output.Where(char.IsControl), Is.All.EqualTo('\n'));
    }

    [Test]
    public async Task A_certificate_that_this_machine_trusts()
    {
        using var certificate = Certificates.Create();
        await using var server = new ScriptedServer(_ => ScriptedServer.Answer(404, ""), certificate);
        World.Use(new Uri($"https://localhost:{server.Port}/token"));
        var trusted = World.Write("trusted.pem", certificate.ExportCertificatePem());
        using var tool = ToolProcess.StartWith(World, new Dictionary<string, string>(StringComparer.Ordinal) { ["SSL_CERT_FILE"] = trusted }, "check");
        var run = await tool.EndAsync();

        Assert.That(run.ExitCode, Is.EqualTo(14), run.Output);
        Assert.That(run.LineOf(Link.Encryption), Does.EndWith("TLS 1.3; certificate of localhost, issued by localhost, valid until 2099-01-01; no proxy"));
    }

    [Test]
    public async Task A_password_for_loopback_is_not_sent_to_the_systems_proxy()
    {
        await using var proxy = new ScriptedServer(_ => ScriptedServer.Answer(502, ""));
        using var tool = ToolProcess.StartWith(World, new Dictionary<string, string>(StringComparer.Ordinal) { ["http_proxy"] = $"http://127.0.0.1:{proxy.Port}" }, "check");
        var run = await tool.EndAsync();

        Assert.That((proxy.Requests.Count, Apiax.Logins), Is.EqualTo((0, 1)), run.Output);
    }

    [Test]
    public async Task An_API_on_this_machine_that_the_systems_proxy_would_read_gets_no_token_and_the_proxy_is_named()
    {
        using var tool = ToolProcess.StartWith(World, new Dictionary<string, string>(StringComparer.Ordinal) { ["http_proxy"] = "http://127.0.0.1:1" }, "check", $"{Apiax.BaseAddress}rules");
        var run = await tool.EndAsync();

        Assert.That((run.ExitCode, Apiax.ApiCalls), Is.EqualTo((19, 0)), run.Output);
        Assert.That(run.LineOf(Link.Api), Does.EndWith($"127.0.0.1:{Apiax.BaseAddress.Port} is called over http through a proxy; no request was sent"));
        Assert.That(run.Output, Does.Contain("Add 127.0.0.1 to NO_PROXY"));
    }

    [Test]
    public async Task A_current_folder_that_was_deleted_has_no_settings()
    {
        using var tool = ToolProcess.StartWithoutFolder(World, "check");
        var run = await tool.EndAsync();

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")), run.Output);
    }

    [GeneratedRegex(@"\u001b\[[0-9;]*[34]8?[0-9;]*m", RegexOptions.None, 1000)]
    private static partial Regex Colours();
}
