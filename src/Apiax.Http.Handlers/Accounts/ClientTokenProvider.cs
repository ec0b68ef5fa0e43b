using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>The provider of one client, by its name as a key. Where its tokens come from is decided with the first: who registers a provider may use this one for it.</summary>
internal sealed class ClientTokenProvider(string client, IOptions<ClientRegistrations> clients, ApplicationTokens application, SettingsRegistry registry) : IApiaxAccessTokenProvider
{
    private readonly Lazy<IApiaxAccessTokenProvider> _tokens = new(
        () => application.Keyless ?? registry.Get(clients.Value.SettingsNameOf(client) ?? SettingsName.Shared), LazyThreadSafetyMode.PublicationOnly);

    public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => _tokens.Value.GetTokenAsync(cancellationToken);

    public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) =>
        _tokens.Value.ReplaceTokenAsync(rejected, cancellationToken);
}
