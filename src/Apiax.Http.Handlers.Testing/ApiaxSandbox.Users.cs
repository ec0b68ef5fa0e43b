namespace Apiax.Http.Handlers.Testing;

// What an administrator does to users and clients.
public sealed partial class ApiaxSandbox
{
    /// <summary>Adds a user. The user can also sign in with a mail address: the name at <c>sandbox.invalid</c>, unless the name is itself an address.</summary>
    /// <param name="username">The user name; case does not matter.</param>
    /// <param name="password">The password; case matters.</param>
    /// <exception cref="ArgumentException">A value is null or empty, or the user exists.</exception>
    public void AddUser(string username, string password)
    {
        ArgumentException.ThrowIfNullOrEmpty(username);
        ArgumentException.ThrowIfNullOrEmpty(password);
        _realm.AddUser(username, password);
    }

    /// <summary>Deletes a user and ends all sessions of that user.</summary>
    /// <param name="username">The user.</param>
    /// <exception cref="ArgumentException">There is no such user.</exception>
    public void RemoveUser(string username) => _realm.RemoveUser(username);

    /// <summary>Changes a user's password; sessions and a lock-out continue.</summary>
    /// <param name="username">The user.</param>
    /// <param name="password">The new password.</param>
    /// <exception cref="ArgumentException">The password is null or empty, or there is no such user.</exception>
    public void ChangePassword(string username, string password)
    {
        ArgumentException.ThrowIfNullOrEmpty(password);
        _realm.Change(username, (user, _) => user.Password = password);
    }

    /// <summary>Changes the password of <see cref="Username"/>; sessions and a lock-out continue.</summary>
    /// <param name="password">The new password.</param>
    /// <exception cref="ArgumentException">The password is null or empty.</exception>
    public void ChangePassword(string password) => ChangePassword(Username, password);

    /// <summary>Disables a user: from now on, no password, refresh token or access token of that user is accepted.</summary>
    /// <param name="username">The user.</param>
    /// <exception cref="ArgumentException">There is no such user.</exception>
    public void DisableUser(string username) => _realm.Change(username, (user, _) => user.IsEnabled = false);

    /// <summary>Locks a user, as brute-force detection does: the correct password is rejected with the same answer as a wrong one.</summary>
    /// <param name="username">The user.</param>
    /// <param name="duration">How long, by the sandbox's clock; refreshes still succeed. Without end if null; refreshes are then refused, too.</param>
    /// <exception cref="ArgumentException">There is no such user.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="duration"/> is negative or more than 3,650 days.</exception>
    public void LockUser(string username, TimeSpan? duration = null)
    {
        if (duration is { } time)
            Bounds.ByClock(time, TimeSpan.Zero, nameof(duration));
        _realm.Change(username, (user, now) => user.Lock(now + duration ?? DateTimeOffset.MaxValue));
    }

    /// <summary>
    /// Requires an action that a service cannot do (a new password, a second factor): a correct password is rejected with <c>Account is not fully set up</c>.
    /// </summary>
    /// <param name="username">The user.</param>
    /// <exception cref="ArgumentException">There is no such user.</exception>
    public void RequireAction(string username) => _realm.Change(username, (user, _) => user.HasRequiredAction = true);

    /// <summary>Undoes <see cref="DisableUser"/>, <see cref="LockUser"/>, a lock-out and <see cref="RequireAction"/>.</summary>
    /// <param name="username">The user.</param>
    /// <exception cref="ArgumentException">There is no such user.</exception>
    public void RestoreUser(string username) => _realm.Change(username, (user, _) =>
    {
        (user.IsEnabled, user.HasRequiredAction) = (true, false);
        user.Lock(DateTimeOffset.MinValue);
    });

    /// <summary>Adds a client to the realm, or changes one. The public client <see cref="ApiaxAuthDefaults.ClientId"/> exists from the start.</summary>
    /// <param name="kind">How the client is set up.</param>
    /// <param name="clientId">The <c>client_id</c>; case matters.</param>
    /// <exception cref="ArgumentException">The client id is null or empty, or <paramref name="kind"/> is not defined.</exception>
    public void SetClient(SandboxClientKind kind, string clientId = ApiaxAuthDefaults.ClientId)
    {
        ArgumentException.ThrowIfNullOrEmpty(clientId);
        _realm.SetClient(clientId, Bounds.Defined(kind));
    }
}
