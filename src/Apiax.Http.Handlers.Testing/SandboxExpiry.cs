namespace Apiax.Http.Handlers.Testing;

/// <summary>How a token answer states when its access token expires. Apiax documents more than one form.</summary>
public enum SandboxExpiry
{
    /// <summary><c>expires_in</c> in seconds from now, as Keycloak and <see href="https://www.rfc-editor.org/rfc/rfc6749#section-5.1">RFC 6749 §5.1</see> do.</summary>
    ExpiresInSeconds,

    /// <summary><c>expires_in</c> as a Java timestamp: milliseconds since 1970.</summary>
    ExpiresInTimestamp,

    /// <summary><c>expires_at</c> as a Java timestamp: milliseconds since 1970.</summary>
    ExpiresAtTimestamp,
}
