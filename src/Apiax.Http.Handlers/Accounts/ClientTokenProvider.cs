using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>
/// The provider of one client, with its name as key: the application's provider without a key if there is one, otherwise the account's. Without a client, and so
/// without a key, the shared account's.
/// </summary>
internal sealed class ClientTokenProvider(string? client, IOptions<ClientRegistrations> clients, ApplicationTokens application, SettingsRegistry registry) : IHostTokens
{
    private readonly NamedSettings _settings = registry.Get(client is null ? SettingsName.Shared : clients.Value.SettingsNameOf(client)!);
    private Func<IHostTokens>? _tokens;

    public string Account => Tokens.Account;

    public bool IsWatched => Tokens.IsWatched;

    public bool RunsApplicationCode => Tokens.RunsApplicationCode;

    // A provider of the application may get its tokens from this one: they are the account's then, and without a key those of the client that it serves.
    private IHostTokens Tokens => application.Served is { } served
        ? (client is null ? registry.Get(served) : _settings).InForce.Tokens
        : (_tokens ??= Find())();

    public static ClientTokenProvider Of(string? client, IServiceProvider services)
    {
        var application = services.GetRequiredService<ApplicationTokens>();
        application.Created(client);
        return new(client, services.GetRequiredService<IOptions<ClientRegistrations>>(), application, services.GetRequiredService<SettingsRegistry>());
    }

    /// <summary>Whether this is the library's provider of this key: one of another container or of another client is the application's.</summary>
    public bool IsOf(ApplicationTokens tokens, string? key) => application == tokens && client == key;

    /// <summary>Whether its tokens are those of the account with these settings.</summary>
    public bool HasAccount(ApplicationTokens tokens, string settings) => application == tokens && _settings.Name == settings;

    public async ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) =>
        await Tokens.GetTokenAsync(cancellationToken).ConfigureAwait(false);

    public async ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) =>
        await Tokens.ReplaceTokenAsync(rejected, cancellationToken).ConfigureAwait(false);

    public ValueTask<ApiaxAccessToken> GetTokenAsync(Uri api, CancellationToken cancellationToken) => Tokens.GetTokenAsync(api, cancellationToken);

    public int Reject(ApiaxAccessToken token, Uri api) => Tokens.Reject(token, api);

    public void Accept(ApiaxAccessToken token, Uri api) => Tokens.Accept(token, api);

    public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, Uri api, CancellationToken cancellationToken) =>
        Tokens.ReplaceTokenAsync(rejected, api, cancellationToken);

    // Not in the constructor: the provider without a key may itself need this one, or be this one.
    private Func<IHostTokens> Find()
    {
        if (client is null || application.KeylessFor(client) is not { } own || (own as ClientTokenProvider)?.IsOf(application, client) == true)
            return () => _settings.InForce.Tokens;

        var tokens = HostlessTokens.Of(own);
        return () => tokens;
    }
}
