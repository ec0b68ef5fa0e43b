namespace Apiax.Http.Handlers;

/// <summary>
/// The time limit of one attempt. An attempt with a password is never abandoned in order to send another: a slow directory would open a session for
/// each. Once its form is read, it has all the remaining time.
/// </summary>
internal sealed class AttemptLimit : IDisposable
{
    private readonly LimitSource _limit;
    private readonly LimitSource? _unsent;
    private readonly CancellationTokenSource _either;

    public AttemptLimit(TokenRequest request, TokenFormContent form, DateTimeOffset deadline, TimeProvider time, CancellationToken stop)
    {
        var attempt = request.Options.AttemptTimeout;
        _limit = new LimitSource(request.IsRefresh ? attempt : (deadline - time.GetUtcNow()).AtLeast(TimeSpan.Zero), time);
        _unsent = request.IsRefresh ? null : new LimitSource(attempt, time, form.TryWithdraw);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token, _unsent?.Token ?? CancellationToken.None, stop);
    }

    /// <summary>Cancelled when the time is over or the caller cancels.</summary>
    public CancellationToken Token => _either.Token;

    public void Dispose()
    {
        _unsent?.Dispose();
        _either.Dispose();
        _limit.Dispose();
    }
}
