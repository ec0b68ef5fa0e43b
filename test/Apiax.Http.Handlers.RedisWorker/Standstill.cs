namespace Apiax.Http.Handlers.RedisWorker;

/// <summary>How long this process was kept from the processors.</summary>
internal sealed class Standstill : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _over = new();
    private long _longest;

    public Standstill() => _ = Task.Run(WatchAsync);

    public TimeSpan Longest => TimeSpan.FromTicks(Interlocked.Read(ref _longest));

    public void Dispose() => _over.Cancel();

    private async Task WatchAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            var start = TimeProvider.System.GetTimestamp();
            await Task.Delay(Tick, TimeProvider.System);
            Interlocked.Exchange(ref _longest, Math.Max(Longest.Ticks, (TimeProvider.System.GetElapsedTime(start) - Tick).Ticks));
        }
    }
}
