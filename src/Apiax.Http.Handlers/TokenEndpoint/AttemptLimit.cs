namespace Apiax.Http.Handlers;

/// <summary>
/// The time limit of one attempt. An attempt that carries a password is never given up in order to send another: a slow directory would open a session for
/// each. From when its form is read, it has all the time that is left.
/// </summary>
internal sealed class AttemptLimit : IDisposable
{
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenSource _either;
    private readonly ITimer? _unsent;

    public AttemptLimit(TokenRequest request, TokenFormContent form, DateTimeOffset deadline, TimeProvider time, CancellationToken stop)
    {
        var attempt = request.Options.AttemptTimeout;
        _limit = new CancellationTokenSource(request.IsRefresh ? attempt : (deadline - time.GetUtcNow()).AtLeast(TimeSpan.Zero), time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token, stop);
        if (!request.IsRefresh)
        {
            _unsent = time.CreateTimer(
                limit =>
                {
                    if (form.TryWithdraw())
                        ((CancellationTokenSource)limit!).Cancel();
                },
                _limit,
                attempt,
                Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Cancelled when the time is over, or by who wishes to stop.</summary>
    public CancellationToken Token => _either.Token;

    public void Dispose()
    {
        _unsent?.Dispose();
        _either.Dispose();
        _limit.Dispose();
    }
}
