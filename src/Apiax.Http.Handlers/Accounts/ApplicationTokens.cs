using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>Token providers that the application registers itself, for example a test's fake: they serve its clients instead of an account.</summary>
internal sealed class ApplicationTokens(IServiceProvider services, IOptions<ClientRegistrations> clients) : IDisposable, IAsyncDisposable
{
    // The settings whose account is known to be needed, also by a provider of the application that gets its tokens from it.
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    // The keys of the library's providers that were created: a provider of the application with the same key is a decorator.
    private readonly HashSet<string?> _created = new(StringComparer.Ordinal);

    private readonly AsyncLocal<ServedCall?> _served = new();

    // By settings: one for each account, so that its tokens are recognized.
    private readonly ConcurrentDictionary<string, Serving> _serving = new(StringComparer.Ordinal);

    // A provider of the application may be scoped.
    private readonly Lazy<IServiceScope> _scope = new(services.CreateScope);

    // A transient one that is disposable would be kept by the scope each time.
    private readonly ConcurrentDictionary<string, IApiaxAccessTokenProvider?> _keyed = new(StringComparer.Ordinal);
    private IApiaxAccessTokenProvider? _keyless;

    /// <summary>The settings of the client that the provider without a key serves in this call; null outside such a call.</summary>
    public string? Served => _served.Value?.Settings;

    /// <summary>The provider that serves a client: the one whose key is the client's name, otherwise the one without a key; null if the client has an account.</summary>
    public IApiaxAccessTokenProvider? For(string? client) => Keyed(client ?? Options.DefaultName) ?? KeylessFor(client);

    /// <summary>The provider without a key, as it serves this client: if it is a decorator, what it decorates returns the token of this client's account.</summary>
    public IApiaxAccessTokenProvider? KeylessFor(string? client) => Keyless switch
    {
        null => null,
        IHostTokens account => account,
        var tokens => _serving.GetOrAdd(clients.Value.SettingsNameOf(client) ?? SettingsName.Shared, settings => new Serving(tokens, settings, _served)),
    };

    /// <summary>Whether every client with these settings has such a provider, so that the account is not needed. Not known in their constructors.</summary>
    public bool IsAccountReplaced(string settings)
    {
        if (IsAccountUsed(settings))
            return false;

        if (Creation is not null || Replaces(null, settings) || clients.Value.ClientsOf(settings).All(client => client is not null && Replaces(client, settings)))
            return true;

        Use(settings);
        return false;
    }

    /// <summary>Whether the account is needed, as far as it is known: it creates no provider of the application, since validation runs also when their constructors read the settings.</summary>
    public bool IsAccountUsed(string settings)
    {
        lock (_used)
            return _used.Contains(settings);
    }

    /// <summary>Called when the library's provider of this client, or the one without a key, has been created.</summary>
    public void Created(string? client)
    {
        lock (_created)
            _created.Add(client);
    }

    /// <summary>From now on the account of these settings is needed, whichever provider serves their clients.</summary>
    public void Use(string settings)
    {
        lock (_used)
            _used.Add(settings);
    }

    public void Dispose()
    {
        if (_scope.IsValueCreated)
            _scope.Value.Dispose();
    }

    public ValueTask DisposeAsync() => _scope.IsValueCreated ? new AsyncServiceScope(_scope.Value).DisposeAsync() : default;

    private IApiaxAccessTokenProvider? Keyless => OfApplication(
        _keyless ??= Create(null, _scope.Value.ServiceProvider.GetService<IApiaxAccessTokenProvider>),
        key: null,
        () => services.GetService<IServiceProviderIsService>()?.IsService(typeof(IApiaxAccessTokenProvider)));

    private IApiaxAccessTokenProvider? Keyed(string key) => _scope.Value.ServiceProvider is IKeyedServiceProvider keyed
        ? OfApplication(WithoutAnyKey(_keyed.GetOrAdd(key, _ => Create(key, () => keyed.GetKeyedService<IApiaxAccessTokenProvider>(key))), key), key, () => IsRegistered(key))
        : null;

    private ServedCall? Creation => _served.Value is { IsCreation: true, Settings: not null } creation ? creation : null;

    // What its constructor gets from the library's providers are the tokens of their accounts.
    private IApiaxAccessTokenProvider? Create(string? key, Func<IApiaxAccessTokenProvider?> create)
    {
        var outer = _served.Value;
        if (Creation is { } other && other.Key == key)
            throw new InvalidOperationException($"The constructor of the registered {nameof(IApiaxAccessTokenProvider)} sends a request that needs its token.");

        var creation = _served.Value = new ServedCall { Settings = SettingsName.Shared, IsCreation = true, Key = key };
        try
        {
            return create();
        }
        finally
        {
            creation.Settings = null;
            _served.Value = outer;
        }
    }

    // The container prefers the library's provider, which has the client's key. If the fake of a test were ignored, the real password would be sent.
    private IApiaxAccessTokenProvider? WithoutAnyKey(IApiaxAccessTokenProvider? provider, string key) => IsOwn(provider, key) && IsRegistered(new object()) == true
        ? throw new InvalidOperationException($"An {nameof(IApiaxAccessTokenProvider)} with {nameof(KeyedService)}.{nameof(KeyedService.AnyKey)} does not serve clients that have their own {nameof(ApiaxAuthHttpClientBuilderExtensions.AddApiaxAuth)}. Register it with the client's name as its key, or without a key.")
        : provider;

    private bool? IsRegistered(object key) => services.GetService<IServiceProviderIsKeyedService>()?.IsKeyedService(typeof(IApiaxAccessTokenProvider), key);

    private bool IsOwn(IApiaxAccessTokenProvider? provider, string? key) => (provider as ClientTokenProvider)?.IsOf(this, key) == true;

    // The library's provider of one client may be registered for others: its account is needed.
    private bool Replaces(string? client, string settings) =>
        !IsCreated(client) && (client is null ? Keyless : Keyed(client)) is { } provider && !IsCreated(client) && (provider as ClientTokenProvider)?.HasAccount(this, settings) != true;

    private bool IsCreated(string? client)
    {
        lock (_created)
            return _created.Contains(client);
    }

    // If a registered fake that is null were ignored, the real password would be sent.
    private IApiaxAccessTokenProvider? OfApplication(IApiaxAccessTokenProvider? provider, string? key, Func<bool?> isRegistered) => provider switch
    {
        _ when IsOwn(provider, key) => null,
        null when isRegistered() == true => throw new InvalidOperationException($"The factory of {nameof(IApiaxAccessTokenProvider)} returned null."),
        _ => provider,
    };

    /// <summary>A call of a client that the provider without a key serves, or the creation of a provider.</summary>
    private sealed class ServedCall
    {
        public bool IsCreation { get; init; }

        /// <summary>The key of the provider that is created.</summary>
        public string? Key { get; init; }

        /// <summary>The client's settings; null when the call has ended.</summary>
        public volatile string? Settings;
    }

    private sealed class Serving(IApiaxAccessTokenProvider tokens, string settings, AsyncLocal<ServedCall?> served) : IApiaxAccessTokenProvider
    {
        public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) =>
            ServeAsync(() => tokens.GetTokenAsync(cancellationToken));

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) =>
            ServeAsync(() => tokens.ReplaceTokenAsync(rejected, cancellationToken));

        private async ValueTask<T> ServeAsync<T>(Func<ValueTask<T>> get)
        {
            var call = served.Value = new ServedCall { Settings = settings };
            try
            {
                return await get().ConfigureAwait(false);
            }
            finally
            {
                // A timer or a loop that the provider has started in this call keeps its context: it would send this client's token for others.
                call.Settings = null;
            }
        }
    }
}
