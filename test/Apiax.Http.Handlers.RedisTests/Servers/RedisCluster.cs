using System.Globalization;
using Apiax.Http.Handlers.IntegrationTests;
using StackExchange.Redis;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>Three redis-server processes on loopback that are one cluster: each has a third of the slots.</summary>
internal sealed class RedisCluster : IDisposable
{
    private const int Slots = 16384;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("apiax-cluster-");
    private readonly List<(RedisServer Server, int BusPort)> _nodes = [];

    public string Configuration => string.Join(',', _nodes.Select(node => node.Server.EndPoint));

    public static async Task<RedisCluster> StartAsync()
    {
        var cluster = new RedisCluster();
        try
        {
            for (var number = 0; number < 3; number++)
                cluster.StartNode();
            for (var number = 0; number < 3; number++)
                await cluster.JoinAsync(number);
            foreach (var (server, _) in cluster._nodes)
                await WaitForAsync(server);

            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <summary>Moves the slot of a key to another node.</summary>
    /// <param name="key">The only key in it.</param>
    /// <param name="look">Called after each step.</param>
    public async Task MigrateAsync(string key, Func<string, Task> look)
    {
        using var first = await ConnectAsync(_nodes[0].Server);
        var slot = (int)await first.Server.ExecuteAsync("CLUSTER", "KEYSLOT", key);
        var number = Enumerable.Range(0, _nodes.Count).Last(node => Slots * node / _nodes.Count <= slot);
        using var from = await ConnectAsync(_nodes[number].Server);
        using var to = await ConnectAsync(_nodes[(number + 1) % _nodes.Count].Server);
        var (source, target) = ((await from.Server.ExecuteAsync("CLUSTER", "MYID")).ToString(), (await to.Server.ExecuteAsync("CLUSTER", "MYID")).ToString());

        await to.Server.ExecuteAsync("CLUSTER", "SETSLOT", slot, "IMPORTING", source);
        await from.Server.ExecuteAsync("CLUSTER", "SETSLOT", slot, "MIGRATING", target);
        await look("the key has not moved yet");
        await from.Server.ExecuteAsync("MIGRATE", "127.0.0.1", _nodes[(number + 1) % _nodes.Count].Server.EndPoint.Port, key, 0, 5000);
        await look("the key has moved, the slot not yet");
        await to.Server.ExecuteAsync("CLUSTER", "SETSLOT", slot, "NODE", target);
        await from.Server.ExecuteAsync("CLUSTER", "SETSLOT", slot, "NODE", target);
        await look("the slot has moved");
    }

    public void Dispose()
    {
        foreach (var (server, _) in _nodes)
            server.Dispose();

        _folder.Delete(recursive: true);
    }

    private void StartNode()
    {
        var busPort = FreePort.Next();
        var folder = _folder.CreateSubdirectory(Text(_nodes.Count)).FullName;
        _nodes.Add((RedisServer.Start("redis-server", "--cluster-enabled", "yes", "--cluster-port", Text(busPort), "--dir", folder), busPort));
    }

    /// <summary>Assigns its slots to a node and joins it to the first.</summary>
    private async Task JoinAsync(int number)
    {
        using var node = await ConnectAsync(_nodes[number].Server);
        var (from, to) = (Slots * number / _nodes.Count, Slots * (number + 1) / _nodes.Count);
        await node.Server.ExecuteAsync("CLUSTER", ["ADDSLOTS", .. Enumerable.Range(from, to - from).Cast<object>()]);
        if (number > 0)
            await node.Server.ExecuteAsync("CLUSTER", "MEET", "127.0.0.1", _nodes[0].Server.EndPoint.Port, _nodes[0].BusPort);
    }

    private static async Task WaitForAsync(RedisServer server)
    {
        using var node = await ConnectAsync(server);
        var start = TimeProvider.System.GetTimestamp();
        string state;
        while (!(state = (await node.Server.ExecuteAsync("CLUSTER", "INFO")).ToString()).Contains("cluster_state:ok", StringComparison.Ordinal) || !state.Contains("cluster_known_nodes:3", StringComparison.Ordinal))
        {
            Assert.That(TimeProvider.System.GetElapsedTime(start), Is.LessThan(TimeSpan.FromSeconds(60)), state);
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    private static async Task<Node> ConnectAsync(RedisServer server)
    {
        var connection = await ConnectionMultiplexer.ConnectAsync($"{server.EndPoint},allowAdmin=true,abortConnect=false");
        return new Node(connection, connection.GetServer(server.EndPoint));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Node(ConnectionMultiplexer Connection, IServer Server) : IDisposable
    {
        public void Dispose() => Connection.Dispose();
    }
}
