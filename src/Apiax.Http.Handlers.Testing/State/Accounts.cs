namespace Apiax.Http.Handlers.Testing;

/// <summary>The users, and whether one may sign in. Not thread-safe: <see cref="Realm"/> holds the lock.</summary>
internal sealed class Accounts(ApiaxSandboxOptions options)
{
    // From 25 on, the detection allows one login of a user at a time; from 26.8 on, the others wait instead of being refused.
    private static readonly Version RefusesOverlapsSince = new(25, 0);
    private static readonly Version QueuesSince = new(26, 8);

    private readonly bool _refusesOverlaps = options.BruteForceDetection && options.KeycloakVersion >= RefusesOverlapsSince && options.KeycloakVersion < QueuesSince;

    // Keycloak keeps user names in lower case.
    private readonly Dictionary<string, Account> _byName = new(StringComparer.OrdinalIgnoreCase);

    public int LockOuts { get; private set; }

    private Refused WrongPassword { get; } = Refused.WrongPassword(options.KeycloakVersion);

    public Account this[string username] =>
        _byName.TryGetValue(username, out var account) ? account : throw new ArgumentException($"User {username} does not exist.", nameof(username));

    public void Add(string username, string password)
    {
        if (!_byName.TryAdd(username, new Account(username, password)))
            throw new ArgumentException($"User {username} already exists.", nameof(username));
    }

    public Account Remove(string username)
    {
        var account = this[username];
        _byName.Remove(username);
        return account;
    }

    /// <summary>Begins a login. An unknown, locked or busy user is refused with the same answer, before the password is checked.</summary>
    public Refused? Begin(string username, DateTimeOffset now, out Account? account)
    {
        account = _byName.GetValueOrDefault(username) ?? _byName.Values.FirstOrDefault(user => user.Mail.Equals(username, StringComparison.OrdinalIgnoreCase));
        if (account is null || account.IsLocked(now) || (_refusesOverlaps && account.IsSigningIn))
            return WrongPassword;
        if (!account.IsEnabled)
            return Refused.AccountDisabled;

        account.IsSigningIn = true;
        return null;
    }

    /// <summary>Ends the login; null if the password is correct.</summary>
    public Refused? End(Account account, string? password, DateTimeOffset now)
    {
        account.IsSigningIn = false;
        if (account.Password != password)
        {
            if (options.BruteForceDetection && account.Failed(now))
                LockOuts++;
            return WrongPassword;
        }

        account.Succeeded();
        return account.MustAct ? Refused.AccountNotSetUp : null;
    }
}
