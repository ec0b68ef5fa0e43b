namespace Apiax.Http.Handlers.Testing;

/// <summary>What a token request is answered with: <see cref="Granted"/> or <see cref="Refused"/>.</summary>
internal abstract class TokenDecision;

/// <summary>Tokens. A class and not a record, which would print them.</summary>
internal sealed class Granted(string accessToken, string refreshToken, DateTimeOffset issuedOn, DateTimeOffset expiresOn, Session session)
    : TokenDecision
{
    public string AccessToken { get; } = accessToken;

    public string RefreshToken { get; } = refreshToken;

    public DateTimeOffset IssuedOn { get; } = issuedOn;

    public DateTimeOffset ExpiresOn { get; } = expiresOn;

    public Session Session { get; } = session;
}

/// <summary>An OAuth error (RFC 6749 §5.2), with the status and the words of Keycloak.</summary>
internal sealed class Refused(int statusCode, string error, string description) : TokenDecision
{
    // 401 up to Keycloak 26.5, and 400 since. Apiax's path, which begins with /auth, speaks for an older one.
    public static readonly Refused WrongPassword = new(401, "invalid_grant", "Invalid user credentials");
    public static readonly Refused AccountDisabled = InvalidGrant("Account disabled");
    public static readonly Refused UserDisabled = InvalidGrant("User disabled");
    public static readonly Refused InvalidRefreshToken = InvalidGrant("Invalid refresh token");
    public static readonly Refused SessionNotActive = InvalidGrant("Session not active");
    public static readonly Refused RefreshTokenReused = InvalidGrant("Maximum allowed refresh token reuse exceeded");
    public static readonly Refused UnknownClient = new(401, "invalid_client", "Invalid client or Invalid client credentials");
    public static readonly Refused UnsupportedGrantType = new(400, "unsupported_grant_type", "Unsupported grant_type");

    public int StatusCode { get; } = statusCode;

    public string Error { get; } = error;

    public string Description { get; } = description;

    public static Refused InvalidRequest(string description, int statusCode = 400) => new(statusCode, "invalid_request", description);

    private static Refused InvalidGrant(string description) => new(400, "invalid_grant", description);
}
