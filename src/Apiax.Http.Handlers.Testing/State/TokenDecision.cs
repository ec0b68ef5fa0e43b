namespace Apiax.Http.Handlers.Testing;

/// <summary>The answer to a token request: <see cref="Granted"/> or <see cref="Refused"/>.</summary>
internal abstract class TokenDecision;

/// <summary>Tokens. A class and not a record, which would print them.</summary>
internal sealed class Granted(Session session) : TokenDecision
{
    public required string AccessToken { get; init; }

    public required string RefreshToken { get; init; }

    public required string? IdToken { get; init; }

    public required DateTimeOffset IssuedOn { get; init; }

    public required DateTimeOffset ExpiresOn { get; init; }

    /// <summary>Null for <c>offline_access</c>: its expiry is not declared.</summary>
    public required DateTimeOffset? RefreshExpiresOn { get; init; }

    public required long NotBefore { get; init; }

    public Session Session { get; } = session;
}

/// <summary>An OAuth error (RFC 6749 §5.2), with Keycloak's status and text.</summary>
internal sealed class Refused(int statusCode, string error, string? description = null) : TokenDecision
{
    public static readonly Refused NotFound = new(404, "HTTP 404 Not Found");
    public static readonly Refused MethodNotAllowed = new(405, "HTTP 405 Method Not Allowed");
    public static readonly Refused TooLarge = new(413, "HTTP 413 Request Entity Too Large");
    public static readonly Refused NoForm = new(415, "HTTP 415 Unsupported Media Type");
    public static readonly Refused UnknownRealm = new(404, "Realm does not exist");
    public static readonly Refused RealmDisabled = new(403, "access_denied", "Realm not enabled");
    public static readonly Refused UnknownClient = new(401, "invalid_client", "Invalid client or Invalid client credentials");
    public static readonly Refused SecretMissing = new(401, "unauthorized_client", "Invalid client or Invalid client credentials");
    public static readonly Refused NoDirectAccessGrants = new(400, "unauthorized_client", "Client not allowed for direct access grants");
    public static readonly Refused ConsentRequired = new(400, "invalid_client", "Client requires user consent");
    public static readonly Refused UnsupportedGrantType = new(400, "unsupported_grant_type", "Unsupported grant_type");
    public static readonly Refused HalfAssertion = InvalidRequest("The 'client_assertion' parameter must be specified when using 'client_assertion_type'.");

    public static readonly Refused TokenOfOtherClient = InvalidRequest("Unmatching clients");

    public static readonly Refused AccountDisabled = InvalidGrant("Account disabled");
    public static readonly Refused AccountNotSetUp = InvalidGrant("Account is not fully set up");

    public static readonly Refused InvalidRefreshToken = InvalidGrant("Invalid refresh token");
    public static readonly Refused OtherClient = InvalidGrant("Invalid refresh token. Token client and authorized client don't match");
    public static readonly Refused SessionNotActive = InvalidGrant("Session not active");
    public static readonly Refused TokenNotActive = InvalidGrant("Token is not active");
    public static readonly Refused StaleToken = InvalidGrant("Stale token");
    public static readonly Refused RefreshTokenReused = InvalidGrant("Maximum allowed refresh token reuse exceeded");
    public static readonly Refused ClientSessionGone = InvalidGrant("Session doesn't have required client");
    public static readonly Refused UserDisabled = InvalidGrant("User disabled");

    private static readonly Version BadRequestSince = new(26, 6);

    public int StatusCode { get; } = statusCode;

    public string Error { get; } = error;

    public string? Description { get; } = description;

    public static Refused WrongPassword(Version version) => new(version < BadRequestSince ? 401 : 400, "invalid_grant", "Invalid user credentials");

    public static Refused InvalidScope(string scope) => new(400, "invalid_scope", $"Invalid scopes: {scope}");

    public static Refused InvalidRequest(string description, int statusCode = 400) => new(statusCode, "invalid_request", description);

    private static Refused InvalidGrant(string description) => new(400, "invalid_grant", description);
}
