namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>The soak's own time, from its start, which does not change with a clock; and the longest delay of the machine.</summary>
internal sealed class Stopwatch : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    private readonly long _start = TimeProvider.System.GetTimestamp();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _beating;

    public Stopwatch() => _beating = BeatAsync();

    public TimeSpan Now => TimeProvider.System.GetElapsedTime(_start);

    /// <summary>How late a busy machine may be with everything: the minimum of all tolerances.</summary>
    public TimeSpan Lag { get; private set; }

    /// <summary>The same since <see cref="ForgetLag"/>.</summary>
    public TimeSpan RecentLag { get; private set; }

    public void ForgetLag() => RecentLag = TimeSpan.Zero;

    public TimeSpan Of(long timestamp) => TimeProvider.System.GetElapsedTime(_start, timestamp);

    public static Task PauseAsync(TimeSpan length, CancellationToken cancellationToken = default) => Task.Delay(length, TimeProvider.System, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _beating;
        _end.Dispose();
    }

    private async Task BeatAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            var before = Now;
            await PauseAsync(Beat, CancellationToken.None);
            var late = Now - before - Beat;
            Lag = late > Lag ? late : Lag;
            RecentLag = late > RecentLag ? late : RecentLag;
        }
    }
}
