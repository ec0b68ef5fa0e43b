using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>Fetches tokens for one account: refresh or login, within its own time limit.</summary>
/// <param name="state">What was known when the flight took off.</param>
/// <param name="cancellationToken">Cancelled when the provider is disposed, and by nobody else.</param>
internal delegate Task<FlightResult> TokenFlight(TokenState state, CancellationToken cancellationToken);

/// <summary>
/// Any number of callers, one token request. While a token is valid nobody waits; what to do is read off the state without a lock,
/// and decided again under it before a flight starts, so that two callers can never both start one.
/// </summary>
internal sealed class SingleFlightTokenProvider(TokenFlight flight, TimeProvider time, ILogger logger, TokenMetrics? metrics = null) : IApiaxAccessTokenProvider, IAsyncDisposable
{
    private readonly object _gate = new();
    private readonly TokenMetrics _metrics = metrics ?? TokenMetrics.OfProcess;
    private readonly CancellationTokenSource _disposed = new();
    private volatile TokenState _state = TokenState.Cold;
    private Task<TokenState> _landing = Task.FromResult(TokenState.Cold);
    private FlightSpan _span = new();

    /// <summary>All that is known now.</summary>
    public TokenState State => _state;

    public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default)
    {
        // One read of the clock: it costs as much as everything else here.
        var now = time.GetUtcNow();
        var state = _state;

        // Stryker disable once Conditional: the answer under the lock is the same, and slower.
        return state.Decide(now) is TokenDecision.Use
            ? new ValueTask<ApiaxAccessToken>(state.Tokens!.AccessToken)
            : ActAsync(rejected: null, now, cancellationToken)!;
    }

    public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rejected);
        return ActAsync(rejected, time.GetUtcNow(), cancellationToken);
    }

    public void SettingsRead()
    {
        lock (_gate)
            _state = _state.SettingsRead();
    }

    /// <summary>Gives up the tokens: whoever calls next signs in again. Waits for a token request under way, which may be using up the refresh token.</summary>
    /// <returns>What there was.</returns>
    public async Task<TokenSet?> SignOutAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task landing;
            lock (_gate)
            {
                if (!_state.IsInFlight)
                {
                    var tokens = _state.Tokens;
                    _state = _state.SignedOut();
                    return tokens;
                }

                landing = _landing;
            }

            await landing.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync().ConfigureAwait(false);

        Task landing;
        lock (_gate)
            landing = _landing;

        await landing.ConfigureAwait(false);
    }

    /// <returns>A token other than the rejected one; nothing when there is no use in another, which happens to a rejected one only.</returns>
    private ValueTask<ApiaxAccessToken?> ActAsync(ApiaxAccessToken? rejected, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Task<TokenState> landing;
        FlightSpan span;
        lock (_gate)
        {
            if (rejected is not null)
                _state = _state.Rejected(rejected);

            var state = _state;
            switch (rejected is null ? state.Decide(now) : state.DecideReplacement(rejected, now))
            {
                case TokenDecision.Keep:
                    return default;
                case TokenDecision.Fail:
                    return ValueTask.FromException<ApiaxAccessToken?>(state.FailureAt(now)!);
                case TokenDecision.UseAndRefresh:
                    if (!_disposed.IsCancellationRequested)
                        StartFlight();
                    return new ValueTask<ApiaxAccessToken?>(state.Tokens!.AccessToken);
                case TokenDecision.Use:
                    return new ValueTask<ApiaxAccessToken?>(state.Tokens!.AccessToken);
                case TokenDecision.Fetch:
                    StartFlight();
                    break;
            }

            (landing, span) = (_landing, _span);
        }

        return JoinAsync(rejected, landing, span, cancellationToken);
    }

    private async ValueTask<ApiaxAccessToken?> JoinAsync(ApiaxAccessToken? rejected, Task<TokenState> landing, FlightSpan span, CancellationToken cancellationToken)
    {
        using var wait = new TokenWait(_metrics, time, span);
        var state = await landing.WaitAsync(cancellationToken).ConfigureAwait(false);

        // What the flight brought counts for those who waited for it, even if it has expired meanwhile: asking again might never end.
        if (state.FailureAt(time.GetUtcNow()) is { } failure)
            throw failure;

        // A server that repeats the token has none that would be accepted.
        var token = state.Tokens!.AccessToken;
        return token.Value == rejected?.Value ? null : token;
    }

    // Called under the lock.
    private void StartFlight()
    {
        ObjectDisposedException.ThrowIf(_disposed.IsCancellationRequested, typeof(IApiaxAccessTokenProvider));

        // Each waiter goes on by itself: one that blocks must not keep the others waiting.
        var landing = new TaskCompletionSource<TokenState>(TaskCreationOptions.RunContinuationsAsynchronously);
        _landing = landing.Task;
        _state = _state.FlightStarted();
        var (state, span) = (_state, _span = new FlightSpan());

        // The flight belongs to all its callers: nothing of the one who happened to come first may flow into it (Activity, AsyncLocal, culture).
        using (ExecutionContext.SuppressFlow())
            _ = Task.Run(() => FlyAsync(state, landing, span), CancellationToken.None);
    }

    private async Task FlyAsync(TokenState departure, TaskCompletionSource<TokenState> landing, FlightSpan span)
    {
        FlightResult result;
        try
        {
            span.Begin();
            result = await flight(departure, _disposed.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it is, the waiters must hear of it; it is inside the exception that they get.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            result = FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "The token request failed unexpectedly.", exception));
        }

        TokenState state;
        var now = time.GetUtcNow();
        lock (_gate)
            state = _state = _state.Landed(result, now);

        // Before the log, which may throw: nobody must wait for ever, and no token be lost.
        landing.SetResult(state);
        try
        {
            if (!_disposed.IsCancellationRequested)
                result.Tell(logger, state.FailureAt(now)?.RetryAfter);
        }
        finally
        {
            // After the log, whose entries belong to the flight's trace.
            var failure = result.IsPostponed ? null : result.Failure;
            span.End(result.RefreshRefusal, failure?.Kind, failure?.Message);
        }
    }
}
