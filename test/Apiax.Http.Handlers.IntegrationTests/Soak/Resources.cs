namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>What the process uses between calls: reachable bytes, and open handles (if the system lists them as files).</summary>
internal sealed record Resources(long Bytes, int Handles)
{
    private const string Descriptors = "/proc/self/fd";

    // Pools detect and close broken connections only at intervals, and so does the factory with old handlers.
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
