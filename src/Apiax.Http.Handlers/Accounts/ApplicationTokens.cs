using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>Token providers that the application registers itself, for example a test's fake: they serve its clients instead of an account.</summary>
internal sealed class ApplicationTokens(IServiceProvider services, IOptions<ClientRegistrations> clients) : IDisposable
{
    // Such a provider may be scoped.
    private readonly Lazy<IServiceScope> _scope = new(services.CreateScope);

    /// <summary>The provider that is registered without a key.</summary>
    public IApiaxAccessTokenProvider? Keyless => OfApplication(_scope.Value.ServiceProvider.GetService<IApiaxAccessTokenProvider>());

    /// <summary>The provider that serves a client: the one whose key is the client's name, otherwise the one without a key; null if the client has an account.</summary>
    public IApiaxAccessTokenProvider? For(string? client) =>
        OfApplication((_scope.Value.ServiceProvider as IKeyedServiceProvider)?.GetKeyedService<IApiaxAccessTokenProvider>(client ?? Options.DefaultName)) ?? Keyless;

    /// <summary>Whether every client with these settings has such a provider, so that the account is not needed.</summary>
    public bool Replace(string settings) => Keyless is not null || clients.Value.ClientsOf(settings).All(client => client is not null && For(client) is not null);

    public void Dispose()
    {
        if (_scope.IsValueCreated)
            _scope.Value.Dispose();
    }

    private static IApiaxAccessTokenProvider? OfApplication(IApiaxAccessTokenProvider? provider) => provider is NamedSettings or ClientTokenProvider ? null : provider;
}
