namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>How the authorization server is set up: as strict as Apiax may be, unless a test says otherwise.</summary>
internal sealed class AuthorizationServerOptions
{
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Counted from the password login: refreshing does not extend it.</summary>
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(14);

    /// <summary>Whether a refresh token is valid for one use only, and a second use ends the session, without a grace period.</summary>
    public bool RequireRefreshTokenRotation { get; set; } = true;

    /// <summary>Whether <c>client_assertion_type</c> without <c>client_assertion</c> is answered with 400, as by OpenIddict itself.</summary>
    public bool RejectClientAssertionType { get; set; }

    /// <summary>Whether answers of the token endpoint are compressed, regardless of what the client accepts.</summary>
    public bool CompressesAnswers { get; set; }

    /// <summary>How long the check of a password takes, in real time.</summary>
    public TimeSpan LoginDuration { get; set; }

    /// <summary>Whether the API answers 403 to expired or revoked tokens.</summary>
    public bool ForbidsDeadTokens { get; set; }
}
