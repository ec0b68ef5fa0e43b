using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>The provider with one client's name as key. The source of its tokens is decided at the first one: a registered provider may use this one.</summary>
internal sealed class ClientTokenProvider(string client, IOptions<ClientRegistrations> clients, ApplicationTokens application, SettingsRegistry registry) : IApiaxAccessTokenProvider
{
    private readonly Lazy<IApiaxAccessTokenProvider> _tokens = new(
        () => application.Keyless ?? registry.Get(clients.Value.SettingsNameOf(client) ?? SettingsName.Shared), LazyThreadSafetyMode.PublicationOnly);

    public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => _tokens.Value.GetTokenAsync(cancellationToken);

    public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) =>
        _tokens.Value.ReplaceTokenAsync(rejected, cancellationToken);
}
