namespace Apiax.Http.Handlers;

/// <summary>Gets tokens for one account by refresh or login, within its own time limit.</summary>
/// <param name="state">The state when the flight started.</param>
/// <param name="cancellationToken">Cancelled only when the provider is disposed.</param>
internal delegate Task<FlightResult> TokenFlight(TokenState state, CancellationToken cancellationToken);

/// <summary>
/// Any number of callers share one token request. While a token is valid, no caller waits. The decision is read from the state without a lock,
/// and made again under the lock before a flight starts, so that two callers never both start one.
/// </summary>
/// <param name="flight">Gets tokens.</param>
/// <param name="time">The clock.</param>
/// <param name="limit">Returns the time limit of a flight.</param>
/// <param name="telemetry">The account's logs, metrics and spans.</param>
/// <param name="supersede">Ends a session that is no longer used.</param>
internal sealed class SingleFlightTokenProvider(TokenFlight flight, TimeProvider time, Func<TimeSpan> limit, AccountTelemetry? telemetry = null, Action<TokenSet?>? supersede = null)
    : IHostTokens, IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(250);

    // A flight with the turn of many replicas waits for its token request (5 s), and saves the result (2.5 s).
    private static readonly TimeSpan DisposalLimit = TimeSpan.FromSeconds(8);

    private readonly object _gate = new();
    private readonly AccountTelemetry _telemetry = telemetry ?? AccountTelemetry.Unnamed;
    private readonly CancellationTokenSource _disposed = new();
    private volatile TokenState _state = TokenState.Cold;
    private Task<TokenState> _flightEnd = Task.FromResult(TokenState.Cold);
    private FlightSpan _span = new();

    /// <summary>The current state.</summary>
    public TokenState State => _state;

    public string Account => _telemetry.Account;

    public bool IsWatched => _state.Hosts.IsWatched;

    public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => GetTokenAsync(api: null, cancellationToken);

    public ValueTask<ApiaxAccessToken> GetTokenAsync(Uri? api, CancellationToken cancellationToken)
    {
        // The clock is read only once: that takes as long as the rest of this method.
        var now = time.GetUtcNow();
        var state = _state;

        // Stryker disable once Conditional: the answer under the lock is the same, and slower.
        return !state.Hosts.AnyRejects && state.Decide(now) is TokenDecision.Use
            ? new ValueTask<ApiaxAccessToken>(state.Tokens!.AccessToken)
            : ActAsync(rejected: null, HostOf(api), now, cancellationToken)!;
    }

    public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rejected);
        return ActAsync(rejected, host: null, time.GetUtcNow(), cancellationToken);
    }

    public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, Uri api, CancellationToken cancellationToken) =>
        ActAsync(rejected, HostOf(api), time.GetUtcNow(), cancellationToken);

    public int Reject(ApiaxAccessToken token, Uri api)
    {
        var host = HostAndPort.Of(api);
        lock (_gate)
        {
            var before = _state;
            _state = before.Rejected(token, host);
            return ReferenceEquals(before, _state) ? 0 : _state.Hosts[host].Rejections;
        }
    }

    public void Accept(ApiaxAccessToken token, Uri api)
    {
        var host = HostAndPort.Of(api);
        lock (_gate)
            _state = _state.Accepted(token, host);
    }

    public void SettingsRead()
    {
        lock (_gate)
            _state = _state.SettingsRead();
    }

    /// <summary>Discards the tokens: the next call signs in again. Waits for a token request under way, which may be using the refresh token.</summary>
    /// <returns>The discarded tokens.</returns>
    public async Task<TokenSet?> SignOutAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task flightEnd;
            lock (_gate)
            {
                if (!_state.IsInFlight)
                {
                    var tokens = _state.Tokens;
                    _state = _state.SignedOut();
                    return tokens;
                }

                flightEnd = _flightEnd;
            }

            await flightEnd.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // From here on, no flight starts; the callbacks are application code and may block.
        var cancelling = _disposed.CancelAsync();
        Task flightEnd;
        lock (_gate)
            flightEnd = _flightEnd;

        try
        {
            await Task.WhenAll(cancelling, flightEnd).WaitAsync(DisposalLimit, time).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or AggregateException)
        {
            // A callback that throws or blocks must not prevent the container from disposing its other services. The flight observes its own exception.
        }
    }

    private static HostAndPort? HostOf(Uri? api) => api is null ? null : HostAndPort.Of(api);

    /// <returns>A token other than the rejected one; null if another would not help, which is possible only after a rejection.</returns>
    private ValueTask<ApiaxAccessToken?> ActAsync(ApiaxAccessToken? rejected, HostAndPort? host, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Task<TokenState> flightEnd;
        FlightSpan span;
        lock (_gate)
        {
            if (rejected is not null)
                _state = _state.Rejected(rejected, host, isCounted: false);

            var state = _state;
            switch (rejected is null ? state.Decide(now, host) : state.DecideReplacement(rejected, now, host))
            {
                case TokenDecision.Keep:
                    return default;
                case TokenDecision.Fail:
                    return ValueTask.FromException<ApiaxAccessToken?>(state.FailureAt(now, Account)!);
                case TokenDecision.UseAndRefresh:
                    if (!_disposed.IsCancellationRequested)
                        StartFlight();
                    return new ValueTask<ApiaxAccessToken?>(state.Tokens!.AccessToken);
                case TokenDecision.Use:
                    return new ValueTask<ApiaxAccessToken?>(state.Tokens!.AccessToken);
                case TokenDecision.Fetch:
                    if (rejected is null && state.HasTokenAt(now) && _disposed.IsCancellationRequested)
                        return new ValueTask<ApiaxAccessToken?>(state.Tokens!.AccessToken);
                    StartFlight();
                    break;
            }

            (flightEnd, span) = (_flightEnd, _span);
            span.Join();
        }

        return JoinAsync(rejected, flightEnd, span, cancellationToken);
    }

    private async ValueTask<ApiaxAccessToken?> JoinAsync(ApiaxAccessToken? rejected, Task<TokenState> flightEnd, FlightSpan span, CancellationToken cancellationToken)
    {
        using var wait = new TokenWait(_telemetry, time, span);
        var state = await flightEnd.WaitAsync(cancellationToken).ConfigureAwait(false);

        // Callers get the token of the flight that they waited for, even if it has expired meanwhile: repeating might never end.
        // A token that a host has rejected is better than none: the caller would send it without this library.
        var now = time.GetUtcNow();
        var token = state.Tokens?.AccessToken;
        var isRejected = token?.Value == rejected?.Value;
        if (state.HasFailed && (isRejected || !state.HasTokenAt(now)) && state.FailureAt(now, Account) is { } failure)
            throw failure;

        // If the server repeats the token, it has none that would be accepted.
        return isRejected ? null : token;
    }

    // Called under the lock.
    private void StartFlight()
    {
        ObjectDisposedException.ThrowIf(_disposed.IsCancellationRequested, typeof(IApiaxAccessTokenProvider));

        // Each waiter continues independently: one that blocks must not delay the others.
        var flightEnd = new TaskCompletionSource<TokenState>(TaskCreationOptions.RunContinuationsAsynchronously);
        _flightEnd = flightEnd.Task;
        _state = _state.FlightStarted();
        var (state, span) = (_state, _span = new FlightSpan());

        // The flight belongs to all its callers: the first caller's context must not flow into it (Activity, AsyncLocal, culture).
        using (ExecutionContext.SuppressFlow())
            _ = Task.Run(() => FlyAsync(state, flightEnd, span), CancellationToken.None);
    }

    private async Task FlyAsync(TokenState initialState, TaskCompletionSource<TokenState> flightEnd, FlightSpan span)
    {
        _telemetry.Record(() => span.Begin(Account));
        var result = await FlyInTimeAsync(initialState).ConfigureAwait(false);
        TokenState before, state;
        var now = time.GetUtcNow();
        lock (_gate)
        {
            before = _state;
            state = _state = before.FlightEnded(result, now, Random.Shared.NextDouble());
        }

        // Not by the flight itself, which may be abandoned: its tokens are then lost, and the old session is still in use.
        supersede?.Invoke(result.Superseded);

        // Before logging, which may block: no caller waits for it.
        flightEnd.SetResult(state);
        foreach (var (host, standing) in result.Tokens is null ? [] : before.Hosts.Repeated)
            _telemetry.Logger.RejectionsCounted(host.Name, host.Port, standing.Rejections);
        if (!_disposed.IsCancellationRequested)
            result.Log(_telemetry.Logger, state.FailureAt(now)?.RetryAfter ?? default, now - before.FailingSince);

        // After logging: the entries belong to the flight's trace.
        var failure = result.IsPostponed ? null : result.Failure;
        _telemetry.Record(() => span.End(result.RefreshRefusal, failure?.Kind, failure?.Message));
    }

    private async Task<FlightResult> FlyInTimeAsync(TokenState initialState)
    {
        // The flight has its own time limit, and knows the reason better; this one is for handlers, providers and stores that ignore it. Both begin when
        // the flight has a thread: it may have waited for one.
        var length = limit();
        var begun = new TaskCompletionSource<LimitSource>(TaskCreationOptions.RunContinuationsAsynchronously);
        var flying = Task.Run(
            () =>
            {
                begun.SetResult(new LimitSource(length + Grace, time));
                return flight(initialState, _disposed.Token);
            },
            CancellationToken.None);
        using var bound = await begun.Task.ConfigureAwait(false);
        try
        {
            return await flying.OrAbandonedAsync(bound.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (bound.IsCancellationRequested)
        {
            return FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, $"No token within {length.WholeSeconds()} s: a handler, credentials provider or token store ignores its cancellation token."));
        }
        catch (OperationCanceledException canceled) when (_disposed.IsCancellationRequested)
        {
            return FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "The provider or its container was disposed during the token request.", canceled));
        }
#pragma warning disable CA1031 // The waiters get any exception, as the inner exception of theirs.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "The token request failed unexpectedly.", exception));
        }
    }
}
