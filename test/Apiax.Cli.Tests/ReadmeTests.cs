using System.Net.Sockets;
using System.Text.RegularExpressions;
using Apiax.Http.Handlers.IntegrationTests;
using Apiax.Http.Handlers.Testing;

namespace Apiax.Cli.Tests;

/// <summary>Every screen in the tool's README is exactly what the tool prints, except the port and the milliseconds.</summary>
[TestFixture]
internal sealed partial class ReadmeTests
{
    private const string Port = "8480";
    private const string ControlPort = "8490";
    private const string Endpoint = "auth/realms/apiax/protocol/openid-connect/token";
    private const string Rules = "http://127.0.0.1:8480/rules";

    private static readonly string[] Commands =
    [
        "apiax sandbox", $"apiax check {Rules}", "apiax check --help", "apiax sandbox --help",
        "Apiax__Password=wrong apiax check", "Apiax__Password=wrong apiax check",
        "apiax check --configuration production.json", "apiax check --configuration proxy.json", "apiax check < /dev/null",
    ];

    private World _world = null!;
    private Clock _clock = null!;
    private ApiaxSandbox _apiax = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _world = new World();
        _clock = _world.StopClock();
        _apiax = await ApiaxSandbox.StartAsync(new ApiaxSandboxOptions { TimeProvider = _clock });
        _apiax.AddUser("sandbox", "sandbox-password");
        _apiax.StubApi("/rules");
    }

    [TearDown]
    public async Task StopAsync()
    {
        _world.Dispose();
        await _apiax.DisposeAsync();
    }

    [Test]
    public void Each_screen_has_its_test() => Assert.That(Screens().Select(screen => screen.Split('\n')[0]), Is.EquivalentTo(Commands.Select(command => $"$ {command}")));

    [Test]
    public async Task The_sandbox()
    {
        using var stop = new CancellationTokenSource();
        await using var output = new WatchedWriter();
        using var error = new StringWriter();
        var sandbox = Tool.RunAsync(["sandbox", "--port", "0"], _world.SurroundingsOf(output, error), stop.Token);
        var screen = await output.Written.WaitAsync(TimeSpan.FromSeconds(10));
        await stop.CancelAsync();
        await sandbox;

        var ports = OwnPort().Matches(screen).Select(port => port.Value).Distinct(StringComparer.Ordinal).ToList();
        Assert.That(ports, Has.Count.EqualTo(2));
        Expect("apiax sandbox", screen.Replace(ports[0], Port, StringComparison.Ordinal).Replace(ports[1], ControlPort, StringComparison.Ordinal));
    }

    [Test]
    public async Task A_chain_without_faults()
    {
        UseSandbox();
        var run = await _world.CheckAsync(new Uri(_apiax.BaseAddress, "rules").AbsoluteUri);

        Expect($"apiax check {Rules}", run.Output);
    }

    [TestCase("check")]
    [TestCase("sandbox")]
    public async Task Help(string command) => Expect($"apiax {command} --help", (await _world.RunAsync(default, command, "--help")).Output);

    [Test]
    public async Task A_wrong_password_and_the_same_again()
    {
        UseSandbox();
        _world.Set("Password", "wrong");
        Expect("Apiax__Password=wrong apiax check", (await _world.CheckAsync()).Output);
        _clock.Advance(TimeSpan.FromSeconds(20));
        Expect("Apiax__Password=wrong apiax check", (await _world.CheckAsync()).Output);
    }

    [Test]
    public async Task An_unknown_host_name()
    {
        _world.Write("production.json", """{ "Apiax": { "TokenEndpoint": "https://auth.bank.example/token", "Username": "user", "Password": "password" } }""");
        _world.LookUp = (_, _) => throw new SocketException((int)SocketError.HostNotFound);

        Expect("apiax check --configuration production.json", (await _world.CheckAsync("--configuration", "production.json")).Output);
    }

    [Test]
    public async Task A_proxy_that_opens_encrypted_connections()
    {
        using var certificate = Certificates.Create(issuer: "Example Bank Web Proxy");
        await using var server = new ScriptedServer(_ => null, certificate);
        _world.Write("proxy.json", $$"""{ "Apiax": { "TokenEndpoint": "https://localhost:{{server.Port}}/token", "Username": "user", "Password": "password" } }""");
        _world.LookUp = (_, _) => Task.FromResult(new[] { System.Net.IPAddress.Loopback });

        Expect("apiax check --configuration proxy.json", (await _world.CheckAsync("--configuration", "proxy.json")).Output, server.Port);
    }

    [Test]
    public async Task Nothing_is_set()
    {
        _world.LookUp = (_, _) => throw new SocketException((int)SocketError.HostNotFound);
        Expect("apiax check < /dev/null", (await _world.CheckAsync()).Output);
    }

    [Test]
    public void Each_link_is_there_with_its_exit_code() =>
        Assert.That(Rows().Matches(Readme).Select(row => row.Value), Is.EqualTo(Enum.GetValues<Link>().Select(link => $"| {(int)link} | {link.Title()} | `{link.Key()}` |")));

    private static string Readme => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "README.md")).ReplaceLineEndings("\n");

    private static IEnumerable<string> Screens() => Blocks().Matches(Readme).Select(block => block.Groups["text"].Value.TrimEnd());

    private void UseSandbox()
    {
        _world.Set("TokenEndpoint", new Uri(_apiax.BaseAddress, Endpoint).AbsoluteUri);
        _world.Set("Username", "sandbox");
        _world.Set("Password", "sandbox-password");
        _world.Set("ApiHosts:0", _apiax.BaseAddress.Authority);
    }

    private void Expect(string command, string output, int? port = null)
    {
        var shown = Milliseconds().Replace(output.ReplaceLineEndings("\n").Replace($"{port ?? _apiax.BaseAddress.Port}", Port, StringComparison.Ordinal), "3 ms");
        Assert.That(Screens(), Has.Some.EqualTo($"$ {command}\n{shown}".TrimEnd()), $"$ {command}\n{shown}");
    }

    [GeneratedRegex("```text\n(?<text>\\$ .*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"^\| 1\d \| [^|]* \| `[a-z]*` \|", RegexOptions.Multiline, 1000)]
    private static partial Regex Rows();

    [GeneratedRegex(@"\d+ ms", RegexOptions.None, 1000)]
    private static partial Regex Milliseconds();

    [GeneratedRegex(@"(?<=127\.0\.0\.1:)\d+", RegexOptions.None, 1000)]
    private static partial Regex OwnPort();
}
