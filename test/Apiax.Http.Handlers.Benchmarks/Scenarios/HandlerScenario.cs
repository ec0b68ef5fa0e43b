using System.Globalization;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>Goal 1, by the benchmarks of <see cref="HandlerBenchmarks"/> in paired rounds: two figures taken minutes apart make no ratio on a shared machine.</summary>
internal static class HandlerScenario
{
    public static async Task RunAsync(ServerAddresses server, ScenarioSize size, Report report)
    {
        var atOnce = await MeasureAsync(Answer.AtOnce, size);
        var later = await MeasureAsync(Answer.Later, size);

        report.Title("One request through a handler, nothing behind it");
        report.Table(
            ["", "inner completes at once", "inner pending"],
            atOnce.Select((series, i) => (string[])[series.Name, Cell(series), Cell(later[i])]));

        Judge(report, "inner at once, over the floor", Find(atOnce, Contenders.Ours), Find(atOnce, Contenders.Floor), mostBytes: 32, mostTimes: 3);
        Judge(report, "inner pending, over floor + status", Find(later, Contenders.Ours), Find(later, Contenders.LookingFloor), mostBytes: 16, mostTimes: 1.6);
    }

    private static async Task<IReadOnlyList<Series>> MeasureAsync(Answer inner, ScenarioSize size)
    {
        using var handlers = new HandlerBenchmarks { Inner = inner };
        await handlers.SetupAsync();
        return await size.HandlerRounds.RunAsync(
        [
            Contender.Repeating(Contenders.NoAuth, handlers.NoAuth),
            Contender.Repeating(Contenders.Floor, handlers.Floor),
            Contender.Repeating(Contenders.LookingFloor, handlers.LookingFloor),
            Contender.Repeating(Contenders.HardCoded, handlers.HardCoded),
            Contender.Repeating(Contenders.HandWritten, handlers.HandWritten),
            Contender.Repeating(Contenders.Ours, handlers.Ours),
            Contender.Repeating(Contenders.Google, handlers.Google),
            Contender.Repeating(Contenders.Kiota, handlers.Kiota),
            Contender.Repeating(Contenders.Oidc, handlers.OidcClient),
            Contender.Repeating(Contenders.AzureCore, handlers.AzureCore),
            Contender.Repeating(Contenders.Msal, handlers.Msal),
        ]);
    }

    private static void Judge(Report report, string what, Series ours, Series floor, int mostBytes, double mostTimes)
    {
        var bytes = ours.BytesOver(floor);
        var times = ours.TimeOver(floor);
        report.Gate(1, what, string.Create(CultureInfo.InvariantCulture, $"{bytes} B"), $"≤ {mostBytes} B", bytes <= mostBytes);
        report.Time(1, what, $"{times} ×", string.Create(CultureInfo.InvariantCulture, $"≤ {mostTimes} ×"), times.Median <= mostTimes);
    }

    private static Series Find(IEnumerable<Series> series, string name) => series.Single(one => one.Name == name);

    private static string Cell(Series series) => string.Create(CultureInfo.InvariantCulture, $"{series.MedianNanoseconds:N0} ns, {series.MedianBytes:N0} B");
}
