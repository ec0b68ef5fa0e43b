using System.Diagnostics;
using System.Globalization;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>Goal 3: all callers need the first token at once.</summary>
internal static class HerdScenario
{
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(50);

    public static async Task RunAsync(ServerAddresses server, ScenarioSize size, Report report)
    {
        using var cancellation = new CancellationTokenSource();
        var bare = new Series("a bare shared `Task`");
        var ours = new Series(Contenders.Ours);
        var bareCancellable = new Series("a bare shared `Task`, each caller may cancel");
        var oursCancellable = new Series($"{Contenders.Ours}, each caller may cancel");
        var mostRequests = 0;
        for (var round = 0; round <= size.HerdRounds; round++)
        {
            Func<Task>[] herds =
            [
                () => MeasureAsync(bare, round, tokens => Shared(tokens, CancellationToken.None)),
                () => MeasureAsync(ours, round, tokens => _ => tokens.GetTokenAsync()),
                () => MeasureAsync(bareCancellable, round, tokens => Shared(tokens, cancellation.Token)),
                () => MeasureAsync(oursCancellable, round, tokens => _ => tokens.GetTokenAsync(cancellation.Token)),
            ];
            for (var i = 0; i < herds.Length; i++)
                await herds[(round + i) % herds.Length]();
        }

        report.Title(string.Create(CultureInfo.InvariantCulture, $"Cold herd: {size.HerdCallers:N0} callers, token latency 50 ms"));
        report.Table(
            ["", "bytes a caller", "wall time", "÷ bare"],
            [Row(bare, bare), Row(ours, bare), Row(bareCancellable, bareCancellable), Row(oursCancellable, bareCancellable)]);

        var wall = ours.TimeOver(bare);
        report.Gate(3, "cold herd, token requests", $"{mostRequests}", "1", mostRequests == 1);
        report.Gate(3, "cold herd, bytes a caller", string.Create(CultureInfo.InvariantCulture, $"{Math.Round(ours.MedianBytes)} B"), "≤ 600 B", Math.Round(ours.MedianBytes) <= 600);
        report.Time(3, "cold herd, wall time ÷ a bare shared `Task`", $"{wall} ×", "≤ 1.3 ×", wall.Median <= 1.3);

        async Task MeasureAsync(Series series, int round, Func<IApiaxAccessTokenProvider, Func<int, ValueTask<ApiaxAccessToken>>> herd)
        {
            using var realm = await Realm.OpenAsync(server, new RealmSettings(Latency, TimeSpan.FromHours(1)));
            var options = new ApiaxAuthOptions();
            realm.Configure(options);
            await using var tokens = ApiaxAccessTokens.Create(options);
            var calls = new Task[size.HerdCallers];
            GC.Collect();

            var bytes = GC.GetTotalAllocatedBytes(precise: true);
            var start = Stopwatch.GetTimestamp();
            var call = herd(tokens);
            for (var i = 0; i < calls.Length; i++)
                calls[i] = CallAsync(call, i);
            await Task.WhenAll(calls);
            var took = Stopwatch.GetElapsedTime(start);
            bytes = GC.GetTotalAllocatedBytes(precise: true) - bytes;

            mostRequests = Math.Max(mostRequests, await realm.TokenRequestsAsync());

            // The first round is a warm-up for the JIT.
            if (round == 0 && size.HerdRounds > 1)
                return;

            series.Nanoseconds.Add(took.TotalNanoseconds);
            series.Bytes.Add(bytes / (double)calls.Length);
        }
    }

    /// <summary>The minimum for many callers that wait for one token: the same token request, as one task that all await.</summary>
    private static Func<int, ValueTask<ApiaxAccessToken>> Shared(IApiaxAccessTokenProvider tokens, CancellationToken cancellationToken)
    {
        var shared = tokens.GetTokenAsync(CancellationToken.None).AsTask();
        return _ => new ValueTask<ApiaxAccessToken>(shared.WaitAsync(cancellationToken));
    }

    private static async Task CallAsync(Func<int, ValueTask<ApiaxAccessToken>> token, int caller) => await token(caller);

    private static string[] Row(Series series, Series bare) =>
        [series.Name, string.Create(CultureInfo.InvariantCulture, $"{series.MedianBytes:N0} B"), string.Create(CultureInfo.InvariantCulture, $"{series.MedianNanoseconds / 1e6:N0} ms"), $"{series.TimeOver(bare)}"];
}
