using System.Globalization;
using System.Runtime.CompilerServices;
using Apiax.Http.Handlers.IntegrationTests;
using Apiax.Http.Handlers.RedisWorker;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>Eight replicas in eight processes, a real authorization server that revokes a session whose refresh token is used twice, and a real Redis.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private readonly DirectoryInfo _keys = Directory.CreateTempSubdirectory("apiax-keys-");
    private readonly List<Worker> _workers;
    private readonly List<Report> _reports = [];

    private Scene(AuthorizationServer server, RedisServer redis, RedisProxy proxy, List<Worker> workers)
    {
        Server = server;
        Redis = redis;
        Proxy = proxy;
        _workers = workers;
    }

    public AuthorizationServer Server { get; }

    public RedisServer Redis { get; }

    public RedisProxy Proxy { get; }

    public IReadOnlyList<Worker> Workers => _workers;

    public int Keys => _keys.GetFiles("*.xml").Length;

    public int Calls => _reports.Sum(report => report.Calls);

    public int Failed => _reports.Sum(report => report.Failed);

    /// <summary>The number of log entries that explain one login each: a process had no store, or took over a silent turn.</summary>
    public int Excuses => Events.Where(entry => entry.Key is "TokenStoreFails" or "TakenOver").Sum(entry => entry.Value);

    private IReadOnlyDictionary<string, int> Events =>
        _reports.SelectMany(report => report.Events).GroupBy(entry => entry.Key, StringComparer.Ordinal).ToDictionary(entries => entries.Key, entries => entries.Sum(entry => entry.Value), StringComparer.Ordinal);

    private string Details => string.Join('\n', _reports.SelectMany(report => report.Failures.Concat(report.Messages)).Select(line => line.Split(" Next attempt")[0]).GroupBy(line => line, StringComparer.Ordinal).Select(lines => $"{lines.Count()} x {lines.Key}"));

    public static async Task<Scene> CreateAsync(WorkerPool pool, string redis, TimeSpan? tokenLifetime = null)
    {
        var server = await AuthorizationServer.StartAsync(TimeProvider.System, options => options.AccessTokenLifetime = tokenLifetime ?? TimeSpan.FromMinutes(30));
        var store = RedisServer.Start(redis);
        return new Scene(server, store, new RedisProxy(store.EndPoint), pool.Take());
    }

    /// <summary>All replicas start, and call at the same instant.</summary>
    public async Task StartAsync(Func<int, Order, Order>? change = null)
    {
        await Task.WhenAll(_workers.Select((worker, number) => worker.StartAsync(OrderOf(number, change))));
        await Task.WhenAll(_workers.Select(worker => worker.CallAsync()));
    }

    /// <summary>Completes when all replicas call with a token.</summary>
    public Task SettledAsync() => UntilAsync(() => Server.ApiCallsPassed >= _workers.Count * 10);

    /// <summary>Waits until the condition is true, on a slow machine, too; and one second more, in which nothing else should happen.</summary>
    public static async Task UntilAsync(Func<bool> isSo, [CallerArgumentExpression(nameof(isSo))] string what = "")
    {
        for (var tenth = 0; !isSo(); tenth++)
        {
            Assert.That(tenth, Is.LessThan(300), $"not within 30 s: {what}");
            await PassAsync(0.1);
        }

        await PassAsync(1);
    }

    public async Task RestartAsync(Worker worker)
    {
        Add(await worker.StopAsync());
        await worker.StartAsync(OrderOf(0, change: null));
        await worker.CallAsync();
    }

    public async Task StopAsync()
    {
        foreach (var report in await Task.WhenAll(_workers.Where(worker => !worker.HasExited).Select(worker => worker.StopAsync())))
            Add(report);

        Assert.That(Calls, Is.Positive, "no process has called");
    }

    /// <summary>The replica whose token request waits at the server's gate.</summary>
    public async Task<Worker> LeaderAsync()
    {
        var leader = await Task.WhenAny(_workers.Select(async worker =>
        {
            await worker.TokenRequest;
            return worker;
        })).WaitAsync(TimeSpan.FromSeconds(30));
        return await leader;
    }

    public void ExpectTokenRequest() => _workers.ForEach(worker => worker.ExpectTokenRequest());

    public static Task PassAsync(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);

    /// <summary>Prints what was counted, for the log of the run.</summary>
    public void Print(string what) => TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{what}: {Server.Logins} logins, {Server.Refreshes} refreshes, {Server.InvalidGrants} invalid_grant, {Calls} API calls, {Failed} failed, slowest {_reports.Max(report => report.Slowest):0} ms, {string.Join(", ", Events)}\n{Details}"));

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        Redis.Dispose();
        await Server.DisposeAsync();
        _keys.Delete(recursive: true);
    }

    private void Add(Report report) => _reports.Add(report);

    private Order OrderOf(int number, Func<int, Order, Order>? change)
    {
        var order = new Order
        {
            TokenEndpoint = Server.TokenEndpoint,
            Api = Server.ApiBaseAddress,
            Redis = Proxy.Configuration,
            KeyFolder = _keys.FullName,
            Username = Server.Username,
            Password = Server.Password,
        };
        return change?.Invoke(number, order) ?? order;
    }
}

/// <summary>Processes are slow to start: they are used by one test after the other; a killed one is replaced.</summary>
internal sealed class WorkerPool : IDisposable
{
    private readonly List<Worker> _workers = [];

    public List<Worker> Take()
    {
        foreach (var dead in _workers.Where(worker => worker.HasExited).ToList())
        {
            _workers.Remove(dead);
            dead.Dispose();
        }

        while (_workers.Count < 8)
            _workers.Add(new Worker());

        return [.. _workers];
    }

    public void Dispose() => _workers.ForEach(worker => worker.Dispose());
}
