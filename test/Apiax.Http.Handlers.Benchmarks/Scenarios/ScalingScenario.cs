using System.Globalization;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>Goal 7, by the benchmarks of <see cref="ThreadBenchmarks"/> and <see cref="AccountBenchmarks"/> in paired rounds.</summary>
internal static class ScalingScenario
{
    private static readonly int[] Threads = [1, 2, 4, 8, 16, 32, 64];

    public static async Task RunAsync(ServerAddresses server, ScenarioSize size, Report report)
    {
        var threads = await ThreadsAsync(size);
        report.Title("Threads on one provider");
        report.Table(
            ["threads", "calls/µs", "÷ the fewer threads before", "bytes a call"],
            threads.Select((series, i) => (string[])[
                series.Name,
                Format($"{ThreadBenchmarks.Calls * 1e3 / series.MedianNanoseconds:N1}"),
                i == 0 ? "" : $"{series.RateOver(threads[i - 1])}",
                Format($"{Math.Round(series.MedianBytes / ThreadBenchmarks.Calls)}")]));
        var steps = threads.Skip(1).Select((series, i) => (series.Name, Rate: series.RateOver(threads[i]))).ToArray();
        var least = steps.MinBy(step => step.Rate.Median);
        report.Time(7, "1 to 64 threads, throughput ÷ that of fewer", $"{least.Rate} at {least.Name}", "≥ 0.95 at each step", least.Rate.Median >= 0.95);

        var (one, inTurn) = await AccountsAsync(size);
        report.Title("Accounts of one container, a call each");
        report.Table(
            ["accounts", "one of them", "÷ 1 account", "each in turn (none in the processor's cache)", "bytes"],
            one.Select((series, i) => (string[])[
                series.Name, Format($"{series.MedianNanoseconds:N0} ns"), $"{series.TimeOver(one[0])}", Format($"{inTurn[i].MedianNanoseconds:N0} ns"), Format($"{series.MedianBytes:N0}")]));
        var most = one[^1].TimeOver(one[0]);
        var bytes = one[^1].BytesOver(one[0]);
        report.Time(7, $"a call with {one[^1].Name} accounts ÷ with 1", $"{most} ×", "≤ 1.1 ×", most.Median <= 1.1);
        report.Gate(7, $"bytes of a call with {one[^1].Name} accounts over 1", Format($"{bytes} B"), "0 B", bytes == 0);
    }

    private static async Task<IReadOnlyList<Series>> ThreadsAsync(ScenarioSize size)
    {
        var benchmarks = Threads.Select(threads => new ThreadBenchmarks { Threads = threads }).ToArray();
        try
        {
            foreach (var benchmark in benchmarks)
                await benchmark.SetupAsync();

            return await size.ProviderRounds.RunAsync([.. benchmarks.Select(benchmark => Contender.Repeating($"{benchmark.Threads}", () =>
            {
                benchmark.GetToken();
                return Task.CompletedTask;
            }))]);
        }
        finally
        {
            Array.ForEach(benchmarks, benchmark => benchmark.Dispose());
        }
    }

    private static async Task<(IReadOnlyList<Series> One, IReadOnlyList<Series> InTurn)> AccountsAsync(ScenarioSize size)
    {
        var benchmarks = size.Accounts.Select(accounts => new AccountBenchmarks { Accounts = accounts }).ToArray();
        try
        {
            foreach (var benchmark in benchmarks)
                await benchmark.SetupAsync();

            var series = await size.ProviderRounds.RunAsync(
            [
                .. benchmarks.Select(benchmark => Contender.Repeating(Format($"{benchmark.Accounts:N0}"), benchmark.One)),
                .. benchmarks.Select(benchmark => Contender.Repeating(Format($"{benchmark.Accounts:N0}"), benchmark.EachInTurn)),
            ]);
            return ([.. series.Take(benchmarks.Length)], [.. series.Skip(benchmarks.Length)]);
        }
        finally
        {
            Array.ForEach(benchmarks, benchmark => benchmark.Dispose());
        }
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
