namespace Apiax.Http.Handlers.Testing;

/// <summary>A user: the password, and the state of Keycloak's brute-force detection.</summary>
internal sealed class User(string username, string password)
{
    // Keycloak's "quick login check" and "minimum quick login wait", with their default values.
    private static readonly TimeSpan QuickFailure = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LockTime = TimeSpan.FromSeconds(60);

    private DateTimeOffset? _lastFailure;
    private DateTimeOffset _lockedUntil;

    public Guid Id { get; } = Guid.NewGuid();

    public string Username { get; } = username;

    public string Mail { get; } = username.Contains('@', StringComparison.Ordinal) ? username : $"{username}@sandbox.invalid";

    public string Password { get; set; } = password;

    public bool IsEnabled { get; set; } = true;

    public bool HasRequiredAction { get; set; }

    public bool IsSigningIn { get; set; }

    /// <summary>Whether open sessions can no longer be used.</summary>
    public bool IsBlocked => !IsEnabled || _lockedUntil == DateTimeOffset.MaxValue;

    public bool IsLocked(DateTimeOffset now) => now < _lockedUntil;

    public void Lock(DateTimeOffset until) => _lockedUntil = until;

    public void Succeeded() => _lastFailure = null;

    /// <summary>Records a wrong password; true if it locks the user.</summary>
    public bool Failed(DateTimeOffset now)
    {
        var locks = now - _lastFailure < QuickFailure;
        _lastFailure = locks ? null : now;
        if (locks)
            _lockedUntil = now + LockTime;

        return locks;
    }
}
