namespace Apiax.Http.Handlers.Testing;

/// <summary>Clock, lifetimes and behaviour of an <see cref="ApiaxSandbox"/>. Read once, when it starts.</summary>
public sealed class ApiaxSandboxOptions
{
    private static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);

    /// <summary>The server's clock: tokens, sessions and lock-outs use it, and the header <c>Date</c> shows it.</summary>
    /// <value>
    /// Default: the system's. A test that replaces it gives the same clock to the application's container and to an <see cref="InMemoryTokenStore"/>: for a clock that stands still, any
    /// two wrong passwords are within one second, and the lock-out does not end.
    /// </value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TimeProvider TimeProvider
    {
        get;
        set => field = value ?? throw new ArgumentNullException(nameof(value));
    } = TimeProvider.System;

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

    /// <summary>How long an access token is valid, counted in whole seconds as in Keycloak.</summary>
    /// <value>A second to 3,650 days. Default: 1800 seconds.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than a second or more than 3,650 days.</exception>
    public TimeSpan TokenLifetime
    {
        get;
        set => field = Bounds.ByClock(value, OneSecond);
    } = TimeSpan.FromSeconds(1800);

    /// <summary>
    /// How long after the password login the session ends, however often it is refreshed (Keycloak's <i>SSO session max</i>). All its tokens end with it;
    /// a session with the scope <c>offline_access</c> does not end.
    /// </summary>
    /// <value>A second to 3,650 days. Default: 14 days, as Apiax documents.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than a second or more than 3,650 days.</exception>
    public TimeSpan SessionMax
    {
        get;
        set => field = Bounds.ByClock(value, OneSecond);
    } = TimeSpan.FromDays(14);

    /// <summary>How long after a login or refresh the session ends without another refresh (Keycloak's <i>SSO session idle</i>). The refresh token states it.</summary>
    /// <value>A second to 3,650 days. Default: 14 days.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than a second or more than 3,650 days.</exception>
    public TimeSpan SessionIdle
    {
        get;
        set => field = Bounds.ByClock(value, OneSecond);
    } = TimeSpan.FromDays(14);

    /// <summary>How the answers to logins and refreshes state when the access token expires.</summary>
    /// <value>Default: <see cref="SandboxExpiry.ExpiresInSeconds"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not defined.</exception>
    public SandboxExpiry Expiry
    {
        get;
        set => field = Bounds.Defined(value);
    }

    /// <summary>
    /// Whether a refresh token is valid for one refresh only, and a second use ends its session. If false, every refresh token of a session
    /// stays valid.
    /// </summary>
    /// <value>Default: <see langword="true"/>.</value>
    public bool RotateRefreshTokens { get; set; } = true;

    /// <summary>
    /// Keycloak's brute-force detection. Two wrong passwords within one second lock the user for 60 seconds; of several logins of one user at the same time,
    /// one is accepted (see <see cref="ApiaxSandbox.LoginDuration"/>). The others, and a locked user, get the answer of a wrong password.
    /// </summary>
    /// <value>Default: <see langword="true"/>.</value>
    public bool BruteForceDetection { get; set; } = true;

    /// <summary>
    /// The version of Keycloak to simulate. From 26.6 on, a wrong password is answered with 400 instead of 401; from 25 to 26.7, overlapping logins are refused;
    /// before 26.1, revoking a refresh token ends every session of its user.
    /// </summary>
    /// <value>Default: 26.5.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public Version KeycloakVersion
    {
        get;
        set => field = value ?? throw new ArgumentNullException(nameof(value));
    } = new(26, 5);

    /// <summary>The scopes that a login may request besides <c>email</c> and <c>profile</c>, which it always gets; others are refused with <c>invalid_scope</c>.</summary>
    /// <value>Default: the scopes of a new Keycloak realm; add the application's own.</value>
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
}
