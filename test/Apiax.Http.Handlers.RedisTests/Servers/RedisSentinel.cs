using System.Diagnostics;
using System.Globalization;
using System.Net;
using Apiax.Http.Handlers.IntegrationTests;
using StackExchange.Redis;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>Two redis-server processes on loopback, a primary and its replica, and a Sentinel that monitors them.</summary>
internal sealed class RedisSentinel : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("apiax-sentinel-");
    private readonly IPEndPoint _endPoint = new(IPAddress.Loopback, FreePort.Next());
    private readonly RedisServer _primary = RedisServer.Start("redis-server", "--repl-diskless-sync-delay", "0");
    private readonly RedisServer _replica;
    private Process? _sentinel;

    private RedisSentinel() => _replica = RedisServer.Start("redis-server", "--replicaof", "127.0.0.1", Text(_primary.EndPoint.Port), "--dir", _folder.FullName);

    public string Configuration => $"{_endPoint},serviceName=apiax";

    /// <summary>The primary and its replica, without Sentinel.</summary>
    public string BothServers => $"{_primary.EndPoint},{_replica.EndPoint}";

    public static async Task<RedisSentinel> StartAsync()
    {
        var sentinel = new RedisSentinel();
        try
        {
            await sentinel.UntilAsync(sentinel._primary.EndPoint, async server => (await server.InfoAsync("replication")).SelectMany(group => group).Any(line => line.Value.Contains("state=online", StringComparison.Ordinal)));
            await sentinel.WatchAsync();
            return sentinel;
        }
        catch
        {
            sentinel.Dispose();
            throw;
        }
    }

    /// <summary>Stops the primary when the replica has all its data; completes when the replica is the primary.</summary>
    public async Task FailOverAsync()
    {
        // WAIT counts the replicas that have what its own connection has written.
        await UntilAsync(_primary.EndPoint, async server =>
        {
            await server.ExecuteAsync("SET", "last", "1");
            return (int)await server.ExecuteAsync("WAIT", 1, 1000) == 1;
        });
        _primary.Kill();
        await UntilAsync(_endPoint, async server =>
        {
            await server.SentinelFailoverAsync("apiax");
            return true;
        });
        await UntilAsync(_endPoint, async server => await server.SentinelGetMasterAddressByNameAsync("apiax") is IPEndPoint { Port: var port } && port == _replica.EndPoint.Port);
        await UntilAsync(_replica.EndPoint, server => Task.FromResult(!server.IsReplica));
    }

    /// <summary>Sentinel no longer knows the primary.</summary>
    public Task ForgetPrimaryAsync() => OnSentinelAsync("REMOVE", "apiax");

    public Task MonitorPrimaryAsync() => OnSentinelAsync("MONITOR", "apiax", "127.0.0.1", Text(_primary.EndPoint.Port), "1");

    /// <summary>The primary is down, and there is no failover.</summary>
    public void StopPrimary() => _primary.Kill();

    public void StartPrimary() => _primary.StartAgain();

    /// <summary>How many connections Sentinel and the primary have together, those of this call included.</summary>
    public async Task<int> CountConnectionsAsync()
    {
        var connections = 0;
        foreach (var endPoint in new[] { _endPoint, _primary.EndPoint })
        {
            await UntilAsync(endPoint, async server =>
            {
                connections += (await server.InfoAsync("clients")).SelectMany(group => group).Where(line => line.Key == "connected_clients").Sum(line => int.Parse(line.Value, CultureInfo.InvariantCulture));
                return true;
            });
        }

        return connections;
    }

    public void Dispose()
    {
        _sentinel?.Kill();
        _sentinel?.WaitForExit();
        _sentinel?.Dispose();
        _replica.Dispose();
        _primary.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task WatchAsync()
    {
        var settings = Path.Combine(_folder.FullName, "sentinel.conf");
        await File.WriteAllLinesAsync(settings,
        [
            $"port {_endPoint.Port}", "bind 127.0.0.1", $"dir {_folder.FullName}",
            $"sentinel monitor apiax 127.0.0.1 {_primary.EndPoint.Port} 1",

            // It fails over when it is told to, not when the machine is busy for a second.
            "sentinel down-after-milliseconds apiax 60000", "sentinel failover-timeout apiax 60000",
        ]);
        _sentinel = Process.Start(new ProcessStartInfo(RedisServer.Program!, [settings, "--sentinel"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        _ = _sentinel.StandardOutput.ReadToEndAsync();
        await UntilAsync(_endPoint, async server => (await server.SentinelGetReplicaAddressesAsync("apiax")).Length == 1);
    }

    private Task OnSentinelAsync(params object[] arguments) => UntilAsync(_endPoint, async server =>
    {
        await server.ExecuteAsync("SENTINEL", arguments);
        return true;
    });

    private async Task UntilAsync(IPEndPoint endPoint, Func<IServer, Task<bool>> isSo)
    {
        var options = new ConfigurationOptions { EndPoints = { endPoint }, AllowAdmin = true, AbortOnConnectFail = false, CommandMap = endPoint.Equals(_endPoint) ? CommandMap.Sentinel : CommandMap.Default };
        var start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60))
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
            if (connection.IsConnected && await isSo(connection.GetServer(endPoint)))
                return;

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        Assert.Fail($"{endPoint} does not come to it");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
