using System.Diagnostics;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>Contenders take turns, in another order each round: what the machine does meanwhile affects all of them equally.</summary>
/// <param name="rounds">How often each has its turn.</param>
/// <param name="turn">How long a turn lasts, about.</param>
/// <param name="warmUp">How long each runs before, until the JIT has compiled it.</param>
internal sealed class PairedRounds(int rounds, TimeSpan turn, TimeSpan warmUp)
{
    public async Task<IReadOnlyList<Series>> RunAsync(IReadOnlyList<Contender> contenders)
    {
        var counts = new int[contenders.Count];
        for (var i = 0; i < counts.Length; i++)
            counts[i] = await WarmUpAsync(contenders[i]);

        var series = contenders.Select(contender => new Series(contender.Name)).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            for (var place = 0; place < counts.Length; place++)
            {
                // Backwards every other round, so that no contender always follows the same one.
                var i = (round + (round % 2 == 0 ? place : counts.Length - place)) % counts.Length;
                await MeasureAsync(contenders[i], counts[i], series[i]);
            }
        }

        return series;
    }

    /// <returns>How many operations a turn has.</returns>
    private async Task<int> WarmUpAsync(Contender contender)
    {
        var count = 1;
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var before = Stopwatch.GetTimestamp();
            await contender.RunAsync(count);
            var took = Stopwatch.GetElapsedTime(before);
            if (took >= turn && Stopwatch.GetElapsedTime(start) >= warmUp)
                return count;

            // Operations get faster while the JIT is at work: the count grows until the end.
            if (took < turn)
                count *= 2;
        }
    }

    private static async Task MeasureAsync(Contender contender, int count, Series series)
    {
        var bytes = GC.GetTotalAllocatedBytes(precise: true);
        var processor = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        await contender.RunAsync(count);
        var took = Stopwatch.GetElapsedTime(start);
        series.Nanoseconds.Add(took.TotalNanoseconds / count);
        series.ProcessorNanoseconds.Add((Environment.CpuUsage.TotalTime - processor).TotalNanoseconds / count);
        series.Bytes.Add((GC.GetTotalAllocatedBytes(precise: true) - bytes) / (double)count);
    }
}
