namespace Apiax.Http.Handlers;

/// <summary>A time limit, distinguished from cancellation by the caller.</summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly LimitSource _limit;
    private readonly CancellationTokenSource _either;
    private readonly CancellationToken _stop;

    /// <param name="length">The length of the limit.</param>
    /// <param name="time">The source of timers.</param>
    /// <param name="stop">The caller's cancellation.</param>
    /// <param name="applies">Called at the end: false if there is nothing to cancel.</param>
    public TimeLimit(TimeSpan length, TimeProvider time, CancellationToken stop, Func<bool>? applies = null)
    {
        _limit = new LimitSource(length, time, applies);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token, stop);
        _stop = stop;
    }

    /// <summary>Cancelled by the time limit or by the caller.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>The time that is left, whatever happens to the wall clock.</summary>
    public TimeSpan Remaining => _limit.Remaining;

    /// <summary>Whether the time is over and the caller has not cancelled.</summary>
    public bool IsOver => _limit.IsCancellationRequested && !_stop.IsCancellationRequested;

    public void Dispose()
    {
        _either.Dispose();
        _limit.Dispose();
    }
}
