namespace Apiax.Cli;

/// <summary>A time limit, told apart from the user's wish to stop.</summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenSource _either;
    private readonly CancellationToken _stop;

    public TimeLimit(TimeSpan length, TimeProvider time, CancellationToken stop)
    {
        _limit = new CancellationTokenSource(length, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token, stop);
        _stop = stop;
    }

    public CancellationToken Token => _either.Token;

    public bool IsOver => _limit.IsCancellationRequested && !_stop.IsCancellationRequested;

    public void Dispose()
    {
        _either.Dispose();
        _limit.Dispose();
    }
}
