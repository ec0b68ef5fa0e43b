using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>The form of one grant, as Apiax documents it.</summary>
internal sealed class TokenRequest
{
    private static readonly TimeSpan MinRefreshTime = TimeSpan.FromSeconds(1);

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly List<KeyValuePair<string, string>> _form = [];

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly string _secret;

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly string? _username;

    /// <param name="options">The settings.</param>
    /// <param name="grantType">The grant type.</param>
    /// <param name="username">The user, if known.</param>
    /// <param name="secret">The password or refresh token.</param>
    private TokenRequest(ApiaxAuthOptions options, string grantType, string? username, string secret)
    {
        Options = options;
        GrantType = grantType;
        _secret = secret;
        _username = username;
        Add("client_id", options.ClientId);
        Add("grant_type", grantType);
    }

    public ApiaxAuthOptions Options { get; }

    public string GrantType { get; }

    public bool IsRefresh { get; private init; }

    /// <summary>The minimum time between two attempts.</summary>
    public TimeSpan Spacing { get; private init; }

    /// <summary>The tokens that calls use meanwhile.</summary>
    private TokenSet? InUse { get; init; }

    private TokenSet? Other { get; init; }

    /// <summary>The minimum time that must be left when an attempt starts: a server may rotate a refresh token although its answer comes too late.</summary>
    public TimeSpan MinTime => UserLogin.MinTime(Options).AtMost(IsRefresh ? MinRefreshTime : TimeSpan.MaxValue);

    /// <summary><see href="https://www.rfc-editor.org/rfc/rfc6749#section-4.3.2">RFC 6749 §4.3.2</see>.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="credentials">User name and password.</param>
    /// <param name="inUse">The tokens that calls use meanwhile, if any.</param>
    /// <param name="other">Other tokens of the account, if any.</param>
    public static TokenRequest Login(ApiaxAuthOptions options, ApiaxCredentials credentials, TokenSet? inUse = null, TokenSet? other = null)
    {
        var request = new TokenRequest(options, "password", credentials.Username, credentials.Password) { Spacing = UserLogin.Spacing, InUse = inUse, Other = other };
        request.Add("username", credentials.Username);
        request.Add("password", credentials.Password);

        // Not with a refresh: a scope that the login was not granted would be refused (RFC 6749 §6).
        if (!string.IsNullOrWhiteSpace(options.Scope))
            request.Add("scope", options.Scope);
        return request;
    }

    /// <summary><see href="https://www.rfc-editor.org/rfc/rfc6749#section-6">RFC 6749 §6</see>.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="refreshToken">The refresh token.</param>
    /// <param name="username">The user, if known: the server's text may contain this name.</param>
    /// <param name="hasAssertionType">Whether <c>client_assertion_type</c> is sent, as Apiax documents.</param>
    /// <param name="inUse">The tokens that calls use meanwhile, if any.</param>
    /// <param name="other">Other tokens of the account, if any.</param>
    public static TokenRequest Refresh(
        ApiaxAuthOptions options, string refreshToken, string? username = null, bool hasAssertionType = true, TokenSet? inUse = null, TokenSet? other = null)
    {
        var request = new TokenRequest(options, "refresh_token", username, refreshToken) { IsRefresh = true, InUse = inUse, Other = other };
        request.Add("refresh_token", refreshToken);
        if (hasAssertionType)
            request.Add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        return request;
    }

    public TokenFormContent CreateContent() => new(_form);

    /// <summary>The longest wait that a server may request: with a valid token, a fifth of its remaining time (a quarter with the random addition).</summary>
    public TimeSpan MaxRetryAfterAt(DateTimeOffset now) => InUse?.RemainingAt(now) is { Ticks: > 0 } left ? (left / 5).AtLeast(Outage.Shortest) : TimeSpan.MaxValue;

    /// <summary>A server's text without the secrets of the account: a server may repeat others than the one that was sent.</summary>
    public string? Redact(string? text, int length) => new Redaction(
        [_secret, Options.Password, InUse?.AccessToken.Value, InUse?.RefreshToken, Other?.AccessToken.Value, Other?.RefreshToken, .. EndpointAddress.SecretsOf(Options.TokenEndpoint)],
        [_username, Options.Username]).Of(text, length);

    private void Add(string name, string value) => _form.Add(new(name, value));
}
