using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>Provides the tokens of one account, with one token request at a time. Dispose it when no handler uses it any more.</summary>
public sealed class ApiaxAccessTokenProvider : IApiaxAccessTokenProvider, IHostTokens, IAsyncDisposable, IDisposable
{
    private readonly SingleFlightTokenProvider _tokens;
    private readonly HttpMessageHandler? _owned;
    private readonly TimeProvider _time;
    private readonly TokenMetrics _metrics;
    private readonly AccountTelemetry _telemetry;
    private readonly SessionEnd? _sessions;
    private readonly SupersededSessions _superseded;
    private Func<IEnumerable<AccountReading>>? _reading;
    private readonly SharedTokenFlight? _shared;
    private volatile ApiaxAuthOptions _options;

    /// <param name="name">The account's name; never the user name.</param>
    /// <param name="options">Validated settings that do not change.</param>
    /// <param name="credentials">Where the password comes from; the settings if null.</param>
    /// <param name="handler">Returns the handler for a token request.</param>
    /// <param name="owned">A handler that is disposed with the provider.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Logs logins and failures.</param>
    /// <param name="metrics">Measures token requests and waits.</param>
    /// <param name="store">What the replicas share: this process then does not end the session. Null if each process keeps its own tokens.</param>
    /// <param name="readAgain">Reads this account's settings again; null if they do not change.</param>
    internal ApiaxAccessTokenProvider(
        string name,
        ApiaxAuthOptions options,
        IApiaxCredentialsProvider? credentials,
        Func<HttpMessageHandler> handler,
        HttpMessageHandler? owned,
        TimeProvider time,
        ILogger logger,
        TokenMetrics metrics,
        GuardedTokenStore? store = null,
        Action<ApiaxAccessTokenProvider>? readAgain = null)
    {
        _options = options;
        _owned = owned;
        _time = time;
        _metrics = metrics;
        _telemetry = new AccountTelemetry(name, logger, metrics);
        var sessions = new SessionEnd(handler, time, _telemetry.Logger);
        _sessions = store is null ? sessions : null;
        _superseded = new SupersededSessions(token => sessions.EndReplacedAsync(_options, token), time);
        var acquisition = new TokenAcquisition(
            new TokenClient(handler, time, _telemetry), credentials ?? new SettingsCredentials(() => _options, readAgain is null ? null : () => readAgain(this)), () => _options, time, _telemetry.Logger);
        _shared = store is null ? null : new SharedTokenFlight(acquisition, store.For(_telemetry), _superseded, () => _tokens!.State, UsernameAsync, () => _options, time);

        // A token that arrives at the end of TokenTimeout must still be saved.
        var saving = store is null ? TimeSpan.Zero : GuardedTokenStore.Limit;
        _tokens = new SingleFlightTokenProvider(_shared is null ? acquisition.FlyAsync : _shared.FlyAsync, time, () => _options.TokenTimeout + saving, _telemetry, _superseded.Add);

        // The user that a credentials provider returns must be known: two applications must not use each other's tokens.
        async ValueTask<string> UsernameAsync(CancellationToken cancellationToken) =>
            credentials is null ? _options.Username! : (await acquisition.ReadCredentialsAsync(lastRejected: false, cancellationToken).ConfigureAwait(false)).Username;
    }

    /// <inheritdoc/>
    public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => _tokens.GetTokenAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) =>
        _tokens.ReplaceTokenAsync(rejected, cancellationToken);

    string IHostTokens.Account => _telemetry.Account;

    bool IHostTokens.IsWatched => _tokens.IsWatched;

    ValueTask<ApiaxAccessToken> IHostTokens.GetTokenAsync(Uri api, CancellationToken cancellationToken) =>
        _tokens.GetTokenAsync(api, cancellationToken);

    int IHostTokens.Reject(ApiaxAccessToken token, Uri api) => _tokens.Reject(token, api);

    void IHostTokens.Accept(ApiaxAccessToken token, Uri api) => _tokens.Accept(token, api);

    ValueTask<ApiaxAccessToken?> IHostTokens.ReplaceTokenAsync(ApiaxAccessToken rejected, Uri api, CancellationToken cancellationToken) =>
        _tokens.ReplaceTokenAsync(rejected, api, cancellationToken);

    /// <summary>Cancels a token request that is under way; callers that wait for the token get an <see cref="ApiaxAuthException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_reading is not null)
            _metrics.Forget(_reading);

        await _tokens.DisposeAsync().ConfigureAwait(false);
        if (_shared is not null)
            await _shared.EndAsync(_tokens.State).ConfigureAwait(false);

        await _superseded.EndAllAsync().ConfigureAwait(false);
        _owned?.Dispose();
    }

    /// <inheritdoc cref="DisposeAsync"/>
    /// <remarks>It does not wait for the token request to end.</remarks>
    public void Dispose() => _ = DisposeAsync().AsTask();

    /// <summary>Ends the session and discards the tokens; the outcome is logged. A session that other processes use is not ended.</summary>
    internal Task SignOutAsync(CancellationToken cancellationToken) =>
        _sessions?.SignOutAsync(_options, _tokens.SignOutAsync, cancellationToken) ?? Task.CompletedTask;

    /// <param name="name">The account's name.</param>
    internal ApiaxAccountStatus StatusAs(string name) => ApiaxAccountStatus.Of(name, _tokens.State, _time.GetUtcNow());

    /// <inheritdoc cref="StatusAs"/>
    internal AccountReading ReadingAs(string name)
    {
        var now = _time.GetUtcNow();
        return ApiaxAccountStatus.Of(name, _tokens.State, now).ReadingAt(now);
    }

    /// <summary>Adds the account to the gauges until it is disposed; for an account without a container.</summary>
    internal void AddToGauges()
    {
        // Kept in a field: the gauges hold only a weak reference.
        _reading = () => [ReadingAs(_telemetry.Account)];
        _metrics.Observe(_reading);
    }

    /// <summary>These settings apply from the next token request on. A changed password ends a cool-down; the token stays in use.</summary>
    internal void Apply(ApiaxAuthOptions options)
    {
        if (ReferenceEquals(options, _options))
            return;

        // Settings that were read again after a rejection and have the same credentials must not end the cool-down: each call would read them again.
        var hasNewCredentials = options.Username != _options.Username || options.Password != _options.Password;
        _options = options;
        if (hasNewCredentials)
            _tokens.SettingsRead();
    }
}
