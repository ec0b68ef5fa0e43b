using System.Globalization;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>The median of paired rounds, with its 95 % interval.</summary>
internal sealed record Interval(double Median, double Low, double High)
{
    private const int Resamples = 2000;

    public static Interval OfRatios(IEnumerable<double> numerators, IEnumerable<double> denominators) =>
        Of([.. numerators.Zip(denominators, (numerator, denominator) => numerator / denominator)]);

    public static Interval OfDifferences(IEnumerable<double> minuends, IEnumerable<double> subtrahends) =>
        Of([.. minuends.Zip(subtrahends, (minuend, subtrahend) => minuend - subtrahend)]);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Median:0.00} ({Low:0.00} to {High:0.00})");

    /// <summary>By bootstrap: no assumption about the distribution of a busy machine's disturbances, and a disturbed round changes the median little.</summary>
    private static Interval Of(double[] values)
    {
        var random = new Random(20_000);
        var medians = Enumerable.Range(0, Resamples)
            .Select(_ => Series.Median(random.GetItems(values, values.Length)))
            .Order()
            .ToArray();
        return new Interval(Series.Median(values), medians[Resamples / 40], medians[Resamples - 1 - (Resamples / 40)]);
    }
}
