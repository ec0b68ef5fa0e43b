namespace Apiax.Http.Handlers.Testing;

/// <summary>Clock, lifetimes and habits of an <see cref="ApiaxSandbox"/>. Read once, when it starts.</summary>
public sealed class ApiaxSandboxOptions
{
    /// <summary>The server's clock: tokens, sessions and lock-outs go by it, and the header <c>Date</c> tells it.</summary>
    /// <value>Default: the system's.</value>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>The port to listen on, for an application whose settings name it.</summary>
    /// <value>0 to 65535; 0 stands for a free one. Default: 0.</value>
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

    /// <summary>How long an access token is good for.</summary>
    /// <value>More than zero. Default: 1800 seconds.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not more than zero.</exception>
    public TimeSpan TokenLifetime
    {
        get;
        set => field = MoreThanZero(value);
    } = TimeSpan.FromSeconds(1800);

    /// <summary>How long after the password login its session, and so its refresh tokens, are good for; refreshing does not extend it.</summary>
    /// <value>More than zero. Default: 14 days.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not more than zero.</exception>
    public TimeSpan RefreshTokenLifetime
    {
        get;
        set => field = MoreThanZero(value);
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

    /// <summary>
    /// Whether two wrong passwords within one second lock their user for 60 seconds, as Keycloak's brute-force protection does. The answer
    /// to a locked user is the one to a wrong password.
    /// </summary>
    /// <value>Default: <see langword="true"/>.</value>
    public bool LockOut { get; set; } = true;

    internal ApiaxSandboxOptions Copy() => (ApiaxSandboxOptions)MemberwiseClone();

    private static TimeSpan MoreThanZero(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
        return value;
    }
}
