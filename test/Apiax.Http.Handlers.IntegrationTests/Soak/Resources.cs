namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>What the process holds while nobody calls: bytes that are still reachable, and open handles (where the system counts them by file).</summary>
internal sealed record Resources(long Bytes, int Handles)
{
    private const string Descriptors = "/proc/self/fd";

    // Connections that were broken are found and closed by their pools once in a while, and old handlers by the factory.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2.5);

    public double Megabytes => Bytes / (1024.0 * 1024);

    public static async Task<Resources> MeasureAsync()
    {
        await Stopwatch.PauseAsync(Settling);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return new Resources(GC.GetTotalMemory(forceFullCollection: true), Directory.Exists(Descriptors) ? Directory.GetFiles(Descriptors).Length : 0);
    }

    public override string ToString() => $"{Megabytes:F1} MB, {Handles} handles";
}
