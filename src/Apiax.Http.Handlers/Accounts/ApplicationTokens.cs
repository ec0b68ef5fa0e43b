using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>Token providers that the application registers itself, for example a test's fake: they serve its clients instead of an account.</summary>
internal sealed class ApplicationTokens(IServiceProvider services, IOptions<ClientRegistrations> clients) : IDisposable, IAsyncDisposable
{
    // The settings whose account is used nevertheless: a provider of the application may get its tokens from it.
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    // Such a provider may be scoped.
    private readonly Lazy<IServiceScope> _scope = new(services.CreateScope);

    /// <summary>The provider that is registered without a key.</summary>
    public IApiaxAccessTokenProvider? Keyless => OfApplication(
        _scope.Value.ServiceProvider.GetService<IApiaxAccessTokenProvider>(),
        () => services.GetService<IServiceProviderIsService>()?.IsService(typeof(IApiaxAccessTokenProvider)));

    /// <summary>The provider that serves a client: the one whose key is the client's name, otherwise the one without a key; null if the client has an account.</summary>
    public IApiaxAccessTokenProvider? For(string? client) => Keyed(client ?? Options.DefaultName) ?? Keyless;

    /// <summary>Whether every client with these settings has such a provider, so that the account is not needed.</summary>
    public bool Replace(string settings)
    {
        lock (_used)
        {
            if (_used.Contains(settings))
                return false;
        }

        return Keyless is not null || clients.Value.ClientsOf(settings).All(client => client is not null && For(client) is not null);
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

    private IApiaxAccessTokenProvider? Keyed(string key) => _scope.Value.ServiceProvider is IKeyedServiceProvider keyed
        ? OfApplication(
            keyed.GetKeyedService<IApiaxAccessTokenProvider>(key),
            () => services.GetService<IServiceProviderIsKeyedService>()?.IsKeyedService(typeof(IApiaxAccessTokenProvider), key))
        : null;

    // If a registered fake that is null were ignored, the real password would be sent.
    private static IApiaxAccessTokenProvider? OfApplication(IApiaxAccessTokenProvider? provider, Func<bool?> isRegistered) => provider switch
    {
        NamedSettings or ClientTokenProvider => null,
        null when isRegistered() == true => throw new InvalidOperationException($"The factory of {nameof(IApiaxAccessTokenProvider)} returned null."),
        _ => provider,
    };
}
