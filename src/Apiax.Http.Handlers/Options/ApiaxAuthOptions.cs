using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>Which account signs in, at which server, and which hosts get its token.</summary>
/// <remarks>
/// Validated when the application's host (<c>IHost</c>) starts, or at first use without one. All wrong settings are named in one
/// <see cref="Microsoft.Extensions.Options.OptionsValidationException"/>.
/// </remarks>
public sealed class ApiaxAuthOptions
{
    /// <summary>The configuration section that <c>services.AddApiaxAuth()</c> reads: <c>Apiax</c>.</summary>
    public const string SectionName = "Apiax";

    /// <summary>The URL of the token endpoint.</summary>
    /// <value>Absolute, <c>https</c> (<c>http</c> on loopback only), without user info or fragment. Default: Apiax's production endpoint.</value>
    public Uri TokenEndpoint { get; set; } = ApiaxAuthDefaults.TokenEndpoint;

    /// <summary>The URL where refresh tokens are revoked when the application signs out (<see href="https://www.rfc-editor.org/rfc/rfc7009">RFC 7009</see>).</summary>
    /// <value>
    /// Same rules as <see cref="TokenEndpoint"/>. Default: none. A session is then ended by Keycloak's <c>…/protocol/openid-connect/logout</c> if the token endpoint's
    /// path ends like Keycloak's (<c>…/protocol/openid-connect/token</c>); otherwise the session stays open until it expires.
    /// </value>
    public Uri? RevocationEndpoint { get; set; }

    /// <summary>The OAuth 2 client (<see href="https://www.rfc-editor.org/rfc/rfc6749#section-2.2">RFC 6749 §2.2</see>).</summary>
    /// <value>Not empty. Default: <c>integration-api</c>, as Apiax documents.</value>
    public string ClientId { get; set; } = ApiaxAuthDefaults.ClientId;

    /// <summary>The account's user name. Case does not matter, as in Keycloak.</summary>
    /// <value>Needed together with <see cref="Password"/>, unless an <see cref="IApiaxCredentialsProvider"/> is registered. Default: none.</value>
    public string? Username { get; set; }

    /// <summary>The account's password.</summary>
    /// <value>Needed together with <see cref="Username"/>, unless an <see cref="IApiaxCredentialsProvider"/> is registered. Default: none.</value>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? Password { get; set; }

    /// <summary>The scope to request (<see href="https://www.rfc-editor.org/rfc/rfc6749#section-3.3">RFC 6749 §3.3</see>).</summary>
    /// <value>Scopes separated by spaces. Default: none; the server then decides.</value>
    public string? Scope { get; set; }

    /// <summary>The hosts that get the token; a request to any other host is sent without it.</summary>
    /// <value>
    /// <c>host</c>, <c>host:port</c>, <c>*.domain</c> or <c>[::1]:port</c>. No port means the scheme's default. Only <c>https</c> requests
    /// match; loopback hosts may also be <c>http</c>. Default: empty, which means <c>*.apiax.io</c>.
    /// </value>
    public IList<string> ApiHosts { get; private set; } = [];

    /// <summary>How long before its expiry a token is refreshed in the background, while calls still use it.</summary>
    /// <value>Zero to 12 hours; limited to a fifth of the token's lifetime; up to a tenth of the lifetime is added at random. Default: 5 minutes.</value>
    /// <remarks>It has no effect on tokens that replicas share through a token store: those are refreshed at half of their lifetime.</remarks>
    public TimeSpan RefreshAhead { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long refresh tokens are valid after a password login, if the server declares no lifetime.</summary>
    /// <value>More than zero, 365 days at most. Default: 14 days, as Apiax documents.</value>
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(14);

    /// <summary>How long an access token is valid, if neither the token answer nor the token itself declares a lifetime.</summary>
    /// <value>1 second to 24 hours. Default: 1800 seconds, as Apiax documents.</value>
    public TimeSpan DefaultTokenLifetime { get; set; } = TimeSpan.FromSeconds(1800);

    /// <summary>How long a token request may take to reach the token endpoint. One that reached it has the rest of <see cref="TokenTimeout"/>: a login that is sent twice could lock the user, and a refresh token that is sent twice could end the session.</summary>
    /// <value>100 milliseconds to 5 minutes, and no more than <see cref="TokenTimeout"/>. Default: 10 seconds.</value>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long getting a token may take in total, with all attempts and the pauses between them.</summary>
    /// <value>100 milliseconds to 10 minutes, and no less than <see cref="AttemptTimeout"/>. Default: 30 seconds.</value>
    public TimeSpan TokenTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether a refresh sends <c>client_assertion_type</c>, as Apiax documents. Set to false for a server that rejects it
    /// without a <c>client_assertion</c> (OpenIddict does).
    /// </summary>
    /// <value>Default: <see langword="true"/>.</value>
    public bool SendClientAssertionType { get; set; } = true;

    /// <summary>
    /// Whether a call answered with 401 is sent again with another token, if the same bytes can be sent again (<see cref="MaxReplayBodySize"/>).
    /// If false, the caller gets the 401 and the next call gets another token. A call whose token was removed by a redirect is always sent again.
    /// </summary>
    /// <value>Default: <see langword="true"/>.</value>
    public bool RetryOnUnauthorized { get; set; } = true;

    /// <summary>
    /// Whether a 403 without <c>insufficient_scope</c> counts as a rejected token, like a 401: for an API that answers 403 to expired or revoked tokens
    /// (django-oauth-toolkit does).
    /// </summary>
    /// <value>Default: <see langword="false"/>.</value>
    public bool ReplaceOnForbidden { get; set; }

    /// <summary>
    /// How many bytes of a request body are recorded while it is sent, so that the request can be sent again after a 401. Bodies in memory
    /// (<see cref="StringContent"/>, <see cref="ByteArrayContent"/>) and seekable streams (<see cref="StreamContent"/>) need no recording and are
    /// sent again at any size. All recordings of a process together use 64 MB at most.
    /// </summary>
    /// <value>0 to 16,777,216 bytes; 0 turns recording off. Default: 262,144 bytes (256 KB).</value>
    public int MaxReplayBodySize { get; set; } = 256 * 1024;

    /// <summary>Which of the settings are set that say where to sign in, as which client, and which hosts get the token. A configured value counts even if it equals the default.</summary>
    internal IEnumerable<string> SetTargets => new (string Name, bool IsSet)[]
    {
        (nameof(TokenEndpoint), !ReferenceEquals(TokenEndpoint, ApiaxAuthDefaults.TokenEndpoint)),
        (nameof(RevocationEndpoint), RevocationEndpoint is not null),
        (nameof(ClientId), !ReferenceEquals(ClientId, ApiaxAuthDefaults.ClientId)),
        (nameof(Scope), !string.IsNullOrWhiteSpace(Scope)),
        (nameof(ApiHosts), ApiHosts.Count > 0),
    }.Where(setting => setting.IsSet).Select(setting => setting.Name);

    /// <summary>What was found in the configuration.</summary>
    internal SectionNotes Notes { get; } = new();

    /// <summary>A copy that other code cannot change.</summary>
    internal ApiaxAuthOptions Copy()
    {
        var copy = (ApiaxAuthOptions)MemberwiseClone();
        copy.ApiHosts = [.. ApiHosts];
        return copy;
    }
}
