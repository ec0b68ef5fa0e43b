namespace Apiax.Http.Handlers;

/// <summary>A time limit, distinguished from cancellation by the caller.</summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly LimitSource _limit;
    private readonly CancellationTokenSource _either;
    private readonly CancellationToken _stop;

    public TimeLimit(TimeSpan length, TimeProvider time, CancellationToken stop)
    {
        _limit = new LimitSource(length, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token, stop);
        _stop = stop;
    }

    /// <summary>Cancelled by the time limit or by the caller.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>Whether the time is over and the caller has not cancelled.</summary>
    public bool IsOver => _limit.IsCancellationRequested && !_stop.IsCancellationRequested;

    public void Dispose()
    {
        _either.Dispose();
        _limit.Dispose();
    }
}
