using System.Diagnostics;
using System.Net;
using Apiax.Http.Handlers.IntegrationTests;
using Garnet;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>A real server that speaks Redis, on loopback: Garnet in this process, or redis-server where it is on the path.</summary>
internal sealed class RedisServer : IDisposable
{
    private readonly int _port = FreePort.Next();
    private readonly string[] _arguments;
    private readonly bool _isGarnet;
    private GarnetServer? _garnet;
    private Process? _process;

    private RedisServer(bool isGarnet, string[] arguments)
    {
        _isGarnet = isGarnet;
        _arguments = arguments;
    }

    /// <summary>The servers that are available on this machine.</summary>
    public static IEnumerable<string> Kinds => Program is null ? ["garnet"] : ["garnet", "redis-server"];

    /// <summary>The servers for the tests with processes: one in a build, all with APIAX_LONG=1.</summary>
    public static IEnumerable<string> KindsForProcesses => Kinds.Take(Duration.Of(ci: 1, inFull: 2));

    /// <summary>The path of redis-server; null if it is not installed.</summary>
    public static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "redis-server")).FirstOrDefault(File.Exists);

    public IPEndPoint EndPoint => new(IPAddress.Loopback, _port);

    public static RedisServer Start(string kind, params string[] arguments)
    {
        var server = new RedisServer(kind == "garnet", arguments);
        server.StartAgain();
        return server;
    }

    /// <summary>Ignores a test if the machine does not have this server.</summary>
    public static void Require(string kind)
    {
        if (!Kinds.Contains(kind, StringComparer.Ordinal))
            Assert.Ignore($"{kind} is not on the path");
    }

    /// <summary>Stops the server; its data is lost.</summary>
    public void Kill()
    {
        _garnet?.Dispose();
        _garnet = null;
        _process?.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        _process = null;
    }

    public void StartAgain()
    {
        var port = _port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (_isGarnet)
        {
            // Without the transaction mode, scripts of two connections run concurrently, and both commit.
            _garnet = new GarnetServer(["--bind", "127.0.0.1", "--port", port, "--memory", "64m", "--index", "16m", "-q", .. _arguments.Length > 0 ? _arguments : ["--lua", "--lua-transaction-mode"]]);
            _garnet.Start();
            return;
        }

        var start = new ProcessStartInfo(Program!, ["--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", .. _arguments]) { RedirectStandardOutput = true, UseShellExecute = false };
        _process = Process.Start(start)!;
        while ((_process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("redis-server does not start")) is var line && !line.Contains("Ready to accept", StringComparison.Ordinal))
        {
            // It is still starting.
        }

        _ = _process.StandardOutput.ReadToEndAsync();
    }

    public void Dispose() => Kill();
}
