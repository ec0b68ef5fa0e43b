using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>The provider of one client, with its name as key: the application's provider without a key if there is one, otherwise the account's.</summary>
internal sealed class ClientTokenProvider(string client, IOptions<ClientRegistrations> clients, ApplicationTokens application, SettingsRegistry registry) : IApiaxAccessTokenProvider
{
    // The application's own may get its tokens from this one: they are the account's then.
    private static readonly AsyncLocal<bool> s_isAsked = new();

    private IApiaxAccessTokenProvider? Application => s_isAsked.Value ? null : application.Keyless;

    private NamedSettings Settings => registry.Get(clients.Value.SettingsNameOf(client) ?? SettingsName.Shared);

    public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) =>
        Application is { } own ? AskAsync(() => own.GetTokenAsync(cancellationToken)) : Settings.GetTokenAsync(cancellationToken);

    public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) =>
        Application is { } own ? AskAsync(() => own.ReplaceTokenAsync(rejected, cancellationToken)) : Settings.ReplaceTokenAsync(rejected, cancellationToken);

    private static async ValueTask<T> AskAsync<T>(Func<ValueTask<T>> ask)
    {
        s_isAsked.Value = true;
        return await ask().ConfigureAwait(false);
    }
}
