using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>The tokens of one account: one state, one token request at a time. Dispose it when no handler uses it any more.</summary>
public sealed class ApiaxAccessTokenProvider : IApiaxAccessTokenProvider, IHostTokens, IAsyncDisposable, IDisposable
{
    private readonly SingleFlightTokenProvider _tokens;
    private readonly HttpMessageHandler? _owned;
    private readonly TimeProvider _time;
    private readonly TokenMetrics _metrics;
    private readonly AccountTelemetry _telemetry;
    private readonly SessionEnd? _sessions;
    private Func<IEnumerable<AccountReading>>? _reading;
    private readonly SharedTokenFlight? _shared;
    private volatile ApiaxAuthOptions _options;

    /// <param name="name">What the account is called; never its user.</param>
    /// <param name="options">Validated settings that nobody changes.</param>
    /// <param name="credentials">Where the password comes from; the settings if null.</param>
    /// <param name="handler">Gives the handler for a token request.</param>
    /// <param name="owned">A handler to dispose of at the end.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Logs logins and failures.</param>
    /// <param name="metrics">Measures token requests and waits.</param>
    /// <param name="store">What the replicas share, so that the session is not this process's to end; nothing where each process keeps its own.</param>
    /// <param name="logins">What protects users, shared by all accounts of a process; this account's own if null.</param>
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
        UserLogins? logins = null)
    {
        _options = options;
        _owned = owned;
        _time = time;
        _metrics = metrics;
        _telemetry = new AccountTelemetry(name, logger, metrics);
        var sessions = new SessionEnd(handler, time, _telemetry.Logger);
        _sessions = store is null ? sessions : null;
        var acquisition = new TokenAcquisition(
            new TokenClient(handler, time, _telemetry), credentials ?? new SettingsCredentials(() => _options), () => _options, time, _telemetry.Logger, logins, _sessions);
        _shared = store is null ? null : new SharedTokenFlight(acquisition, store.For(_telemetry), new LeftSessions((token, ending) => sessions.EndAsync(_options, token, ending), time), UsernameAsync, () => _options, time);
        _tokens = new SingleFlightTokenProvider(_shared is null ? acquisition.FlyAsync : _shared.FlyAsync, time, _telemetry, () => _options.TokenTimeout);

        // Whom a credentials provider answers with must be known: replicas of two applications must not take each other's tokens for their own.
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

    /// <summary>Ends a token request that is under way; callers that wait for it get an <see cref="ApiaxAuthException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_reading is not null)
            _metrics.Forget(_reading);

        await _tokens.DisposeAsync().ConfigureAwait(false);
        if (_shared is not null)
            await _shared.EndAsync(_tokens.State).ConfigureAwait(false);

        _owned?.Dispose();
    }

    /// <inheritdoc cref="DisposeAsync"/>
    /// <remarks>It does not wait for the token request to end.</remarks>
    public void Dispose() => _ = DisposeAsync().AsTask();

    /// <summary>Ends the session and forgets the tokens; how it went is logged. A session that others use goes on.</summary>
    internal Task SignOutAsync(CancellationToken cancellationToken) =>
        _sessions?.SignOutAsync(_options, _tokens.SignOutAsync, cancellationToken) ?? Task.CompletedTask;

    /// <param name="name">What the account is called.</param>
    internal ApiaxAccountStatus StatusAs(string name) => ApiaxAccountStatus.Of(name, _tokens.State, _time.GetUtcNow());

    /// <inheritdoc cref="StatusAs"/>
    internal AccountReading ReadingAs(string name)
    {
        var now = _time.GetUtcNow();
        return ApiaxAccountStatus.Of(name, _tokens.State, now).ReadingAt(now);
    }

    /// <summary>Without a container the account shows itself to the gauges, until it is disposed of. Kept here, or it would be gone at once.</summary>
    internal void Show()
    {
        _reading = () => [ReadingAs(_telemetry.Account)];
        _metrics.Observe(_reading);
    }

    /// <summary>From the next token request on these settings hold. A changed password ends a cool-down; the token stays.</summary>
    internal void Apply(ApiaxAuthOptions options)
    {
        if (ReferenceEquals(options, _options))
            return;

        _options = options;
        _tokens.SettingsRead();
    }
}
