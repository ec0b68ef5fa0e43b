namespace Apiax.Http.Handlers.Benchmarks.Tests;

internal sealed class MeasuringTests
{
    [Test]
    public void A_ratio_is_the_median_of_the_rounds_and_one_that_was_hit_moves_it_little()
    {
        var rounds = Enumerable.Range(0, 31).Select(round => 100.0 + round).ToArray();
        var twice = rounds.Select((time, round) => round == 7 ? time * 50 : time * 2).ToArray();

        var ratio = Interval.OfRatios(twice, rounds);

        Assert.That((ratio.Median, ratio.Low, ratio.High), Is.EqualTo((2.0, 2.0, 2.0)));
    }

    [Test]
    public void The_interval_holds_the_middle_and_not_the_extremes()
    {
        double[] differences = [.. Enumerable.Range(1, 101)];

        var interval = Interval.OfDifferences(differences, new double[101]);

        Assert.Multiple(() =>
        {
            Assert.That(interval.Median, Is.EqualTo(51));
            Assert.That(interval.Low, Is.InRange(30, 45));
            Assert.That(interval.High, Is.InRange(57, 72));
        });
    }

    [Test]
    public async Task Each_contender_has_every_place_in_the_order()
    {
        var order = new List<string>();
        Contender[] contenders = [.. "abc".Select(name => Contender.Repeating($"{name}", () =>
        {
            order.Add($"{name}");
            return Task.CompletedTask;
        }))];

        await new PairedRounds(rounds: 6, TimeSpan.Zero, TimeSpan.Zero).RunAsync(contenders);

        var rounds = order.Skip(contenders.Length).Chunk(contenders.Length).ToArray();
        Assert.That(rounds, Has.Length.EqualTo(6).And.All.Unique);
        foreach (var place in Enumerable.Range(0, contenders.Length))
            Assert.That(rounds.Select(round => round[place]).ToHashSet(StringComparer.Ordinal), Has.Count.EqualTo(contenders.Length), $"place {place}");
    }

    [Test]
    public async Task Bytes_are_counted_for_one_operation()
    {
        // So many bytes that other allocations of the process do not matter, nor how few operations a slow machine completes in a turn.
        var contender = Contender.Repeating("a million bytes", () =>
        {
            GC.KeepAlive(new byte[1_000_000 - 24]);
            return Task.CompletedTask;
        });

        var series = await new PairedRounds(rounds: 9, TimeSpan.FromMilliseconds(1), TimeSpan.Zero).RunAsync([contender]);

        Assert.That(series[0].MedianBytes, Is.EqualTo(1_000_000).Within(1).Percent);
    }
}
