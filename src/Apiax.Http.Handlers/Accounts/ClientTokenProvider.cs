using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>The provider of one client, with its name as key: the application's provider without a key if there is one, otherwise the account's.</summary>
internal sealed class ClientTokenProvider(string client, IOptions<ClientRegistrations> clients, ApplicationTokens application, SettingsRegistry registry) : IApiaxAccessTokenProvider
{
    // The application's provider may get its tokens from this one: they are the account's then.
    private static readonly AsyncLocal<bool> s_isDelegating = new();

    private readonly Lazy<IApiaxAccessTokenProvider?> _application = new(() => application.Keyless, LazyThreadSafetyMode.PublicationOnly);
    private readonly Lazy<NamedSettings> _settings = new(() => registry.Get(clients.Value.SettingsNameOf(client) ?? SettingsName.Shared), LazyThreadSafetyMode.PublicationOnly);

    private IApiaxAccessTokenProvider? Application => s_isDelegating.Value ? null : _application.Value;

    public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) =>
        Application is { } own ? DelegateAsync(() => own.GetTokenAsync(cancellationToken)) : _settings.Value.GetTokenAsync(cancellationToken);

    public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) =>
        Application is { } own ? DelegateAsync(() => own.ReplaceTokenAsync(rejected, cancellationToken)) : _settings.Value.ReplaceTokenAsync(rejected, cancellationToken);

    private static async ValueTask<T> DelegateAsync<T>(Func<ValueTask<T>> call)
    {
        s_isDelegating.Value = true;
        return await call().ConfigureAwait(false);
    }
}
