namespace Apiax.Http.Handlers;

/// <summary>
/// Cancels at the end of a time limit. While blocking calls use all threads of the pool, an answer that has arrived must wait and could miss the limit. So the time
/// that the pool delays all work, including this limit's timer, does not count. A process that was frozen looks the same: it waits for one more limit at most.
/// </summary>
internal sealed class LimitSource : CancellationTokenSource
{
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly Func<bool>? _applies;
    private readonly ITimer _timer;
    private readonly TimeSpan _limit;
    private long _end;

    /// <param name="length">The length of the limit.</param>
    /// <param name="time">The source of timers. Only the system's timers run on the pool.</param>
    /// <param name="applies">Called at the end: false if there is nothing to cancel.</param>
    public LimitSource(TimeSpan length, TimeProvider time, Func<bool>? applies = null)
    {
        (_time, _limit, _applies) = (time, length, applies);
        _timer = time.CreateTimer(OnTime, this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Start(length);
    }

    /// <summary>The time until the end. If a delay postpones it, that counts.</summary>
    public TimeSpan Remaining => Delay is var delay && delay > MaxDelay ? delay.AtMost(_limit) : -delay;

    /// <summary>How long the limit has been over; negative before that.</summary>
    private TimeSpan Delay => _time.GetElapsedTime(Volatile.Read(ref _end));

    protected override void Dispose(bool disposing)
    {
        _timer.Dispose();

        // If disposed, the base would throw at a late timer. It needs no disposal while its own timer and its wait handle are not used.
        base.Dispose(disposing: false);
    }

    private void Start(TimeSpan length)
    {
        Volatile.Write(ref _end, _time.GetTimestamp() + (long)(length.TotalSeconds * _time.TimestampFrequency));
        _timer.Change(length, Timeout.InfiniteTimeSpan);
    }

    private static void OnTime(object? state)
    {
        // Queued after all work that arrived before, since timers may overtake it.
        var limit = (LimitSource)state!;
        if (limit._time == TimeProvider.System)
            ThreadPool.UnsafeQueueUserWorkItem(delayed => delayed.EndUnlessDelayed(), limit, preferLocal: false);
        else
            limit.End();
    }

    private void EndUnlessDelayed()
    {
        if (Delay > MaxDelay)
            Start(Remaining);
        else
            End();
    }

    private void End()
    {
        if (_applies?.Invoke() != false)
            this.CancelAll();
    }
}
