using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>
/// One provider for each account, even if several names share it: two clients with one user would otherwise sign in twice, and send a
/// wrong password twice within a second, which locks the user.
/// </summary>
/// <remarks>
/// An account is kept until the container is disposed: settings that change back find its old state, including a cool-down.
/// The first settings create the account; a reload changes its settings.
/// </remarks>
internal sealed class TokenProviders : IAsyncDisposable, IDisposable
{
    private readonly object _gate = new();
    private readonly IServiceProvider _services;
    private readonly TokenClientHandlers _handlers;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly GuardedTokenStore? _store;
    private readonly Dictionary<AccountKey, ApiaxAccessTokenProvider> _accounts = [];

    public TokenProviders(IServiceProvider services, TokenClientHandlers handlers, ILoggerFactory loggers)
    {
        _services = services;
        _handlers = handlers;
        _logger = new GuardedLogger(loggers.CreateLogger(ApiaxAuthDiagnostics.LogCategory));
        _time = services.GetService<TimeProvider>() ?? TimeProvider.System;

        // Resolved in the constructor, so that the container disposes the store after this object: a flight that ends then must still save.
        if (services.GetService<ITokenStore>() is { } store)
            _store = new GuardedTokenStore(store, _time, _logger);
    }

    /// <summary>The container's clock.</summary>
    public TimeProvider Time => _time;

    /// <summary>The account's tokens; the first settings create the account.</summary>
    /// <param name="name">The name of the settings.</param>
    /// <param name="options">Validated settings.</param>
    /// <param name="readAgain">Reads an account's settings again.</param>
    public ApiaxAccessTokenProvider Get(string name, ApiaxAuthOptions options, Action<ApiaxAccessTokenProvider> readAgain)
    {
        var credentials = ScopedCredentialsProvider.Find(_services, name, new AccountLogger(SettingsName.Label(name), _logger));
        var key = AccountKey.Of(name, options, hasProvider: credentials is not null);
        lock (_gate)
            return _accounts.TryGetValue(key, out var account) ? account : _accounts[key] = Create(name, options, credentials, readAgain);
    }

    /// <summary>All accounts so far, including those whose settings have changed since.</summary>
    public ApiaxAccessTokenProvider[] All()
    {
        lock (_gate)
            return [.. _accounts.Values];
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(All().Select(account => account.DisposeAsync().AsTask())).ConfigureAwait(false);

    // A container that is disposed synchronously throws for a service that is only IAsyncDisposable.
    public void Dispose()
    {
        foreach (var account in All())
            account.Dispose();
    }

    private ApiaxAccessTokenProvider Create(string name, ApiaxAuthOptions options, IApiaxCredentialsProvider? credentials, Action<ApiaxAccessTokenProvider> readAgain) =>
        new(SettingsName.Label(name), options, credentials, _handlers.Take, owned: null, _time, _logger, _services.GetRequiredService<TokenMetrics>(), _store, readAgain);
}
