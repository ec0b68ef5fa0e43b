using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>Goal 4: a call every four milliseconds while tokens are renewed. A client without a token calls at the same time: what delays both is the machine.</summary>
internal static class RenewalScenario
{
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan Delayed = TimeSpan.FromMilliseconds(20);

    public static async Task RunAsync(ServerAddresses server, ScenarioSize size, Report report)
    {
        using var realm = await Realm.OpenAsync(server, new RealmSettings(Latency, size.TokenLifetime));
        using var handWrittenRealm = await Realm.OpenAsync(server, new RealmSettings(Latency, size.TokenLifetime));
        using var noAuth = new Caller(Contenders.NoAuth, new LoopbackClient(), new Uri(server.Http1, "rules"));
        using var handWritten = new Caller(Contenders.HandWritten, LoopbackClient.HandWritten(handWrittenRealm.TokenEndpoint), handWrittenRealm.Rules);
        using var ours = new Caller(Contenders.Ours, LoopbackClient.Ours(realm), realm.Rules);
        Caller[] callers = [noAuth, handWritten, ours];
        await Task.WhenAll(callers.Select(caller => caller.WarmUpAsync()));

        var calls = new List<Task>();
        var renewed = RenewedAsync(realm, size.Renewals);
        using var timer = new PeriodicTimer(Between);
        for (var tick = 0; !renewed.IsCompleted && await timer.WaitForNextTickAsync(); tick++)
        {
            for (var i = 0; i < callers.Length; i++)
                calls.Add(callers[(tick + i) % callers.Length].CallAsync());
        }

        await renewed;
        await Task.WhenAll(calls);

        report.Title(string.Create(CultureInfo.InvariantCulture, $"{size.Renewals} renewals, token latency 200 ms, a call every 4 ms"));
        report.Table(["", "calls", "delayed by more than 20 ms", "longest"], callers.Select(caller => caller.Row()));
        report.Time(
            4, "renewal, calls delayed by more than 20 ms", $"{ours.DelayedCalls} of {ours.Calls} (no auth beside: {noAuth.DelayedCalls})",
            "0, or as without a token", ours.DelayedCalls <= noAuth.DelayedCalls);
    }

    private static async Task RenewedAsync(Realm realm, int renewals)
    {
        var before = await realm.TokenRequestsAsync();
        using var timer = new PeriodicTimer(Latency);
        while (await realm.TokenRequestsAsync() < before + renewals)
            await timer.WaitForNextTickAsync();

        // The server counts a request when it arrives: its answer is still on the way.
        await timer.WaitForNextTickAsync();
        await timer.WaitForNextTickAsync();
    }

    private sealed class Caller(string name, LoopbackClient client, Uri uri) : IDisposable
    {
        private readonly ConcurrentQueue<TimeSpan> _calls = [];

        public int Calls => _calls.Count;

        public int DelayedCalls => _calls.Count(took => took > Delayed);

        public Task WarmUpAsync() => client.CallAsync(200, atOnce: 4, uri, HttpVersion.Version11);

        public async Task CallAsync()
        {
            var start = Stopwatch.GetTimestamp();
            var status = await client.CallAsync(uri, HttpVersion.Version11);
            _calls.Enqueue(Stopwatch.GetElapsedTime(start));
            if (status is not HttpStatusCode.OK)
                throw new InvalidOperationException($"{name} got {status}.");
        }

        public string[] Row() => [name, $"{Calls}", $"{DelayedCalls}", string.Create(CultureInfo.InvariantCulture, $"{_calls.Max().TotalMilliseconds:N0} ms")];

        public void Dispose() => client.Dispose();
    }
}
