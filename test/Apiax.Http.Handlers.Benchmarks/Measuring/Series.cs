namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>What one contender took in each round, for one operation.</summary>
internal sealed class Series(string name)
{
    public string Name { get; } = name;

    public List<double> Nanoseconds { get; } = [];

    /// <summary>Of all processors, by this process alone: what others do on the machine lengthens a call, and this hardly.</summary>
    public List<double> ProcessorNanoseconds { get; } = [];

    public List<double> Bytes { get; } = [];

    public double MedianNanoseconds => Median(Nanoseconds);

    public double MedianBytes => Median(Bytes);

    /// <summary>Bytes over those of another, rounded to whole ones: half a byte is somebody else's, spread over all operations.</summary>
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
