namespace Apiax.Http.Handlers;

/// <summary>
/// The end of a time limit. While blocking calls hold all threads of the pool, an answer that has arrived waits for one, and the limit would cut it off. So the time
/// for which the pool keeps everybody waiting, the limit itself among them, does not count.
/// </summary>
internal sealed class LimitSource : CancellationTokenSource
{
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly Func<bool>? _applies;
    private readonly ITimer _timer;
    private TimeSpan _length;
    private long _start;

    /// <param name="length">How long it is.</param>
    /// <param name="time">Whose timers. Only the system's are the pool's.</param>
    /// <param name="applies">Called at its end: false if there is nothing to cut off.</param>
    public LimitSource(TimeSpan length, TimeProvider time, Func<bool>? applies = null)
    {
        (_time, _applies) = (time, applies);
        _timer = time.CreateTimer(limit => ((LimitSource)limit!).OnTime(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Start(length);
    }

    protected override void Dispose(bool disposing)
    {
        _timer.Dispose();

        // Disposed of, the base would throw at the timer that is late. It holds nothing, as long as nobody uses its own timer or its wait handle.
        base.Dispose(disposing: false);
    }

    private void Start(TimeSpan length)
    {
        (_length, _start) = (length, _time.GetTimestamp());
        _timer.Change(length, Timeout.InfiniteTimeSpan);
    }

    private void OnTime()
    {
        // Behind all that has arrived before: timers may overtake it.
        if (_time == TimeProvider.System)
            ThreadPool.UnsafeQueueUserWorkItem(limit => limit.End(), this, preferLocal: false);
        else
            End();
    }

    private void End()
    {
        var delay = _time == TimeProvider.System ? _time.GetElapsedTime(_start) - _length : TimeSpan.Zero;
        if (delay > MaxDelay)
            Start(delay);
        else if (_applies?.Invoke() != false)
            Cancel();
    }
}
