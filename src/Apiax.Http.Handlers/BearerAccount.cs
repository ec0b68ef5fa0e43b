namespace Apiax.Http.Handlers;

/// <summary>On whose behalf requests are sent: one value, so that changed settings never pair an old host list with a new account's token.</summary>
/// <param name="Tokens">The account's tokens.</param>
/// <param name="Hosts">The hosts that may have them.</param>
/// <param name="RetryOnUnauthorized">Whether a rejected request is sent again.</param>
internal sealed record BearerAccount(IAccessTokenProvider Tokens, ApiHosts Hosts, bool RetryOnUnauthorized);
