namespace Apiax.Http.Handlers.Testing;

/// <summary>Clock, lifetimes and behaviour of an <see cref="ApiaxSandbox"/>. Read once, when it starts.</summary>
public sealed class ApiaxSandboxOptions
{
    /// <summary>The server's clock: tokens, sessions and lock-outs use it, and the header <c>Date</c> shows it.</summary>
    /// <value>Default: the system's.</value>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>The port to listen on, for an application whose settings name it.</summary>
    /// <value>0 to 65535; 0 means any free port. Default: 0.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a port.</exception>
    public int Port
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 0);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, ushort.MaxValue);
            field = value;
        }
    }

    /// <summary>How long an access token is good for, counted in whole seconds as Keycloak does.</summary>
    /// <value>At least a second. Default: 1800 seconds.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than a second.</exception>
    public TimeSpan TokenLifetime
    {
        get;
        set => field = ASecondOrMore(value);
    } = TimeSpan.FromSeconds(1800);

    /// <summary>How long after the password login its session ends, however often it is refreshed (Keycloak's <i>SSO session max</i>). No token outlives it; one of the scope <c>offline_access</c> knows no end.</summary>
    /// <value>At least a second. Default: 14 days, as Apiax documents.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than a second.</exception>
    public TimeSpan SessionMax
    {
        get;
        set => field = ASecondOrMore(value);
    } = TimeSpan.FromDays(14);

    /// <summary>How long after a login or refresh its session ends unless it is refreshed (Keycloak's <i>SSO session idle</i>). The refresh token declares it.</summary>
    /// <value>At least a second. Default: 14 days.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than a second.</exception>
    public TimeSpan SessionIdle
    {
        get;
        set => field = ASecondOrMore(value);
    } = TimeSpan.FromDays(14);

    /// <summary>How token answers, to a login and to a refresh alike, say when the access token expires.</summary>
    /// <value>Default: <see cref="SandboxExpiry.ExpiresInSeconds"/>.</value>
    public SandboxExpiry Expiry { get; set; }

    /// <summary>
    /// Whether a refresh token is good for one refresh, and used again ends its session. When off, every refresh token of a session
    /// stays good.
    /// </summary>
    /// <value>Default: <see langword="true"/>.</value>
    public bool RotateRefreshTokens { get; set; } = true;

    /// <summary>Keycloak's brute-force detection. Two wrong passwords within one second lock their user for 60 seconds; of several logins of one user at the same time, one is accepted (see <see cref="ApiaxSandbox.LoginDuration"/>). The others, and a locked user, are refused in the words of a wrong password.</summary>
    /// <value>Default: <see langword="true"/>.</value>
    public bool BruteForceDetection { get; set; } = true;

    /// <summary>The version of Keycloak that is played: from 26.6 on a wrong password is answered with 400 instead of 401; overlapping logins are refused from 25 to 26.7; before 26.1 a revoked refresh token ends every session of its user.</summary>
    /// <value>Default: 26.5.</value>
    public Version KeycloakVersion { get; set; } = new(26, 5);

    /// <summary>The scopes that a login may ask for; another one is refused with <c>invalid_scope</c>.</summary>
    /// <value>Those of a new realm of Keycloak; add the application's own.</value>
    public ICollection<string> Scopes { get; private set; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "acr", "address", "basic", "email", "microprofile-jwt", "offline_access", "openid", "organization", "phone", "profile", "roles", "web-origins",
    };

    internal ApiaxSandboxOptions Copy()
    {
        var copy = (ApiaxSandboxOptions)MemberwiseClone();
        copy.Scopes = new HashSet<string>(Scopes, StringComparer.Ordinal);
        return copy;
    }

    private static TimeSpan ASecondOrMore(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromSeconds(1));
        return value;
    }
}
