using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>Goal 5: the API rejects the token that all callers send; or every token.</summary>
internal static class RejectionScenario
{
    private const int Repetitions = 3;
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    public static async Task RunAsync(ServerAddresses server, ScenarioSize size, Report report)
    {
        var runs = new List<Revocation>();
        for (var i = 0; i < Repetitions; i++)
            runs.Add(await RevokeAsync(server, size.ConcurrentCalls));

        var requests = runs.Max(run => run.TokenRequests);
        var failed = runs.Sum(run => run.Failed);
        var p99 = Series.Median(runs.Select(run => run.P99));
        var sequential = await RejectAllAsync(server, size.ConcurrentCalls, atOnce: 1);
        var concurrent = await RejectAllAsync(server, size.ConcurrentCalls, atOnce: size.ConcurrentCalls);

        var calls = size.ConcurrentCalls.ToString("N0", CultureInfo.InvariantCulture);
        report.Title($"One token revoked, {calls} calls at once, token latency 200 ms");
        report.Table(
            ["run", "token requests", "failed calls", "p50", "p99", "p99 of as many calls with a valid token"],
            runs.Select((run, i) => (string[])[$"{i + 1}", $"{run.TokenRequests}", $"{run.Failed}", Milliseconds(run.P50), Milliseconds(run.P99), Milliseconds(run.UndisturbedP99)]));

        report.Gate(5, $"revoked token, {calls} calls, token requests", $"{requests}", "1", requests == 1);
        report.Gate(5, "revoked token, failed calls", $"{failed}", "0", failed == 0);
        report.Time(5, "revoked token, p99 over the token latency", Milliseconds(p99 - Latency.TotalMilliseconds), "≤ 50 ms", p99 <= Latency.TotalMilliseconds + 50);
        report.Gate(5, $"always 401, {calls} calls one by one, token requests", $"{sequential}", "≤ 2", sequential <= 2);
        report.Gate(5, $"always 401, {calls} calls at once, token requests", $"{concurrent}", "≤ 2", concurrent <= 2);
    }

    private static async Task<Revocation> RevokeAsync(ServerAddresses server, int calls)
    {
        using var realm = await Realm.OpenAsync(server, new RealmSettings(Latency, Lifetime));
        using var client = LoopbackClient.Ours(realm);

        // Connections are opened and code is compiled before: neither has to do with the token.
        Herd undisturbed;
        var warmUps = 0;
        do
            undisturbed = await CallAsync(client, realm.Rules, calls);
        while (++warmUps < 8);

        var before = await realm.TokenRequestsAsync();
        await realm.RevokeAsync();
        var disturbed = await CallAsync(client, realm.Rules, calls);
        return new Revocation(
            await realm.TokenRequestsAsync() - before, disturbed.Statuses.Count(status => status is not HttpStatusCode.OK),
            disturbed.Percentile(0.5), disturbed.Percentile(0.99), undisturbed.Percentile(0.99));
    }

    private static async Task<int> RejectAllAsync(ServerAddresses server, int calls, int atOnce)
    {
        using var realm = await Realm.OpenAsync(server, new RealmSettings(Latency, Lifetime, RejectsAll: true));
        using var client = LoopbackClient.Ours(realm);
        for (var done = 0; done < calls; done += atOnce)
            await CallAsync(client, realm.Rules, atOnce);

        return await realm.TokenRequestsAsync();
    }

    private static async Task<Herd> CallAsync(LoopbackClient client, Uri uri, int calls)
    {
        var results = await Task.WhenAll(Enumerable.Range(0, calls).Select(_ => Task.Run(async () =>
        {
            var start = Stopwatch.GetTimestamp();
            var status = await client.CallAsync(uri, HttpVersion.Version11);
            return (Status: status, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        })));
        return new Herd([.. results.Select(result => result.Status)], [.. results.Select(result => result.TotalMilliseconds).Order()]);
    }

    private static string Milliseconds(double milliseconds) => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:N0} ms");

    private sealed record Herd(HttpStatusCode[] Statuses, double[] Milliseconds)
    {
        public double Percentile(double part) => Milliseconds[(int)Math.Ceiling(part * Milliseconds.Length) - 1];
    }

    private sealed record Revocation(int TokenRequests, int Failed, double P50, double P99, double UndisturbedP99);
}
