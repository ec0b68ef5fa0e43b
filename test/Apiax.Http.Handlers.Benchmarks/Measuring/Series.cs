namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>The cost of one operation of a contender, in each round.</summary>
internal sealed class Series(string name)
{
    public string Name { get; } = name;

    public List<double> Nanoseconds { get; } = [];

    /// <summary>The processor time of this process only: other processes delay a call, but hardly change this.</summary>
    public List<double> ProcessorNanoseconds { get; } = [];

    public List<double> Bytes { get; } = [];

    public double MedianNanoseconds => Median(Nanoseconds);

    public double MedianBytes => Median(Bytes);

    /// <summary>How many bytes more than another, rounded: a fraction of a byte comes from other code, spread over all operations.</summary>
    public double BytesOver(Series other) => Math.Round(MedianBytes - other.MedianBytes);

    public Interval TimeOver(Series other) => Interval.OfRatios(Nanoseconds, other.Nanoseconds);

    /// <summary>Operations in the same time: the inverse of the ratio of the times.</summary>
    public Interval RateOver(Series other) => Interval.OfRatios(other.Nanoseconds, Nanoseconds);

    public Interval ProcessorTimeOver(Series other) => Interval.OfRatios(ProcessorNanoseconds, other.ProcessorNanoseconds);

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
