namespace Apiax.Http.Handlers.Testing;

/// <summary>The users, and the question whether one may sign in. Not safe for threads: <see cref="Realm"/> has the lock.</summary>
internal sealed class Accounts(bool lockOut)
{
    // Keycloak keeps user names in lower case.
    private readonly Dictionary<string, Account> _byName = new(StringComparer.OrdinalIgnoreCase);

    public int LockOuts { get; private set; }

    public Account this[string username] =>
        _byName.TryGetValue(username, out var account) ? account : throw new ArgumentException($"There is no user {username}.", nameof(username));

    public void Add(string username, string password)
    {
        if (!_byName.TryAdd(username, new Account(username, password)))
            throw new ArgumentException($"There is a user {username} already.", nameof(username));
    }

    /// <summary>Nothing when the password is right; otherwise the refusal, which is the same for an unknown, a wrong and a locked user.</summary>
    public Refused? SignIn(string username, string password, DateTimeOffset now)
    {
        if (!_byName.TryGetValue(username, out var account) || account.IsLocked(now))
            return Refused.WrongPassword;

        if (account.Password != password)
        {
            if (lockOut && account.Failed(now))
                LockOuts++;
            return Refused.WrongPassword;
        }

        account.Succeeded();
        return account.IsEnabled ? null : Refused.AccountDisabled;
    }
}
