namespace Apiax.Http.Handlers.Testing;

/// <summary>The users, and whether one may sign in. Not thread-safe: <see cref="Realm"/> holds the lock.</summary>
internal sealed class Users(ApiaxSandboxOptions options)
{
    // From 25 on, the detection allows one login of a user at a time; from 26.8 on, the others wait instead of being refused.
    private static readonly Version RefusesOverlapsSince = new(25, 0);
    private static readonly Version QueuesSince = new(26, 8);

    private readonly bool _refusesOverlaps = options.BruteForceDetection && options.KeycloakVersion >= RefusesOverlapsSince && options.KeycloakVersion < QueuesSince;

    // Keycloak keeps user names in lower case.
    private readonly Dictionary<string, User> _byName = new(StringComparer.OrdinalIgnoreCase);

    public int LockOuts { get; private set; }

    private Refused WrongPassword { get; } = Refused.WrongPassword(options.KeycloakVersion);

    public User this[string username] =>
        _byName.TryGetValue(username, out var user) ? user : throw new ArgumentException($"User {username} does not exist.", nameof(username));

    public void Add(string username, string password)
    {
        if (!_byName.TryAdd(username, new User(username, password)))
            throw new ArgumentException($"User {username} already exists.", nameof(username));
    }

    public User Remove(string username)
    {
        var user = this[username];
        _byName.Remove(username);
        return user;
    }

    /// <summary>Begins a login. An unknown, locked or busy user is refused with the same answer, before the password is checked.</summary>
    public Refused? Begin(string username, DateTimeOffset now, out User? user)
    {
        user = _byName.GetValueOrDefault(username) ?? _byName.Values.FirstOrDefault(known => known.Mail.Equals(username, StringComparison.OrdinalIgnoreCase));
        if (Refuse(user, now) is { } refused)
            return refused;

        user!.IsSigningIn = true;
        return null;
    }

    /// <summary>Ends the login; null if the password is correct.</summary>
    public Refused? End(User user, string? password, DateTimeOffset now)
    {
        user.IsSigningIn = false;
        // The user may have been removed, locked or disabled meanwhile.
        if (Refuse(user, now) is { } refused)
            return refused;

        if (user.Password != password)
        {
            if (options.BruteForceDetection && user.Failed(now))
                LockOuts++;
            return WrongPassword;
        }

        user.Succeeded();
        return user.HasRequiredAction ? Refused.AccountNotSetUp : null;
    }

    private Refused? Refuse(User? user, DateTimeOffset now)
    {
        if (user is null || !_byName.ContainsValue(user) || user.IsLocked(now) || (_refusesOverlaps && user.IsSigningIn))
            return WrongPassword;

        return user.IsEnabled ? null : Refused.AccountDisabled;
    }
}
