using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>
/// One provider for each account, however many names it goes by: two clients with one user would otherwise log in twice, and send a
/// wrong password twice within a second, which locks the user.
/// </summary>
/// <remarks>
/// An account stays until the container goes, used or not: settings that change to and fro find it as it was, cool-down included.
/// The first settings make it, a reload changes them.
/// </remarks>
internal sealed class TokenProviders : IAsyncDisposable, IDisposable
{
    private readonly object _gate = new();
    private readonly IServiceProvider _services;
    private readonly TokenClientHandlers _handlers;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly GuardedTokenStore? _store;
    private readonly UserLogins _logins = new();
    private readonly Dictionary<AccountKey, ApiaxAccessTokenProvider> _accounts = [];

    public TokenProviders(IServiceProvider services, TokenClientHandlers handlers, ILoggerFactory loggers)
    {
        _services = services;
        _handlers = handlers;
        _logger = loggers.CreateLogger(ApiaxAuthDiagnostics.LogCategory);
        _time = services.GetService<TimeProvider>() ?? TimeProvider.System;

        // Before this class is complete, so that the container disposes of the store after it: a flight that ends then has something to save.
        if (services.GetService<ITokenStore>() is { } store)
            _store = new GuardedTokenStore(store, _time, _logger);
    }

    /// <summary>The account's tokens; the first settings make them.</summary>
    /// <param name="name">The name of the settings.</param>
    /// <param name="options">The settings, valid.</param>
    public ApiaxAccessTokenProvider Get(string name, ApiaxAuthOptions options)
    {
        var credentials = ScopedCredentialsProvider.Find(_services, name);
        var key = AccountKey.Of(name, options, hasProvider: credentials is not null);
        lock (_gate)
            return _accounts.TryGetValue(key, out var account) ? account : _accounts[key] = Create(name, options, credentials);
    }

    /// <summary>Every account so far, also those whose settings have changed since.</summary>
    public ApiaxAccessTokenProvider[] All()
    {
        lock (_gate)
            return [.. _accounts.Values];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var account in All())
            await account.DisposeAsync().ConfigureAwait(false);
    }

    // A container that is disposed of synchronously accepts no service that can only be disposed of asynchronously.
    public void Dispose()
    {
        foreach (var account in All())
            account.Dispose();
    }

    private ApiaxAccessTokenProvider Create(string name, ApiaxAuthOptions options, IApiaxCredentialsProvider? credentials) =>
        new(SettingsName.Label(name), options, credentials, _handlers.Take, owned: null, _time, _logger, _services.GetRequiredService<TokenMetrics>(), _store, _logins);
}
