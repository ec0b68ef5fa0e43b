namespace Apiax.Http.Handlers.Testing;

// Who may sign in, who has, and what of it is taken back.
public sealed partial class ApiaxSandbox
{
    /// <summary>How many password logins succeeded.</summary>
    public int Logins => _realm.Logins;

    /// <summary>How many sessions are open: a login opens one; <see cref="EndSessions"/>, its age, and the revocation or the re-use of a refresh token end it.</summary>
    public int Sessions => _realm.OpenSessions;

    /// <summary>How many times a user was locked out, for 60 seconds each, by two wrong passwords within one second.</summary>
    /// <value>Zero for ever when <see cref="ApiaxSandboxOptions.LockOut"/> is off.</value>
    public int LockOuts => _realm.LockOuts;

    /// <summary>How many calls of the API came with a live access token.</summary>
    public int ApiCalls => _api.Passed;

    /// <summary>How many calls of the API were answered with 401 because their token was missing, unknown, expired or taken back.</summary>
    /// <value>A 401 that a stub of <see cref="Server"/> answers counts as one of <see cref="ApiCalls"/>.</value>
    public int UnauthorizedCalls => _api.Unauthorized;

    /// <summary>Every request to the token endpoint so far, in the order of arrival.</summary>
    public IReadOnlyList<SandboxTokenRequest> TokenRequests => _tokenEndpoint.Requests.Snapshot();

    /// <summary>Adds a user.</summary>
    /// <param name="username">The user name; case does not matter.</param>
    /// <param name="password">The password; case matters.</param>
    /// <exception cref="ArgumentException">One of the two is null or empty, or the user exists.</exception>
    public void AddUser(string username, string password)
    {
        ArgumentException.ThrowIfNullOrEmpty(username);
        ArgumentException.ThrowIfNullOrEmpty(password);
        _realm.AddUser(username, password);
    }

    /// <summary>Gives a user another password; sessions live on, and so does a lock-out.</summary>
    /// <param name="username">The user.</param>
    /// <param name="password">The new password.</param>
    /// <exception cref="ArgumentException">The password is null or empty, or there is no such user.</exception>
    public void ChangePassword(string username, string password)
    {
        ArgumentException.ThrowIfNullOrEmpty(password);
        _realm.ChangePassword(username, password);
    }

    /// <summary>Gives <see cref="Username"/> another password; sessions live on, and so does a lock-out.</summary>
    /// <param name="password">The new password.</param>
    /// <exception cref="ArgumentException">The password is null or empty.</exception>
    public void ChangePassword(string password) => ChangePassword(Username, password);

    /// <summary>Disables a user: from now on neither the password nor a refresh token is accepted; access tokens live on until they expire.</summary>
    /// <param name="username">The user.</param>
    /// <exception cref="ArgumentException">There is no such user.</exception>
    public void DisableUser(string username) => _realm.DisableUser(username);

    /// <summary>Takes back every access token issued so far: the API answers them with 401. Sessions and refresh tokens live on.</summary>
    public void RevokeAccessTokens() => _realm.RevokeAccessTokens();

    /// <summary>Takes back every refresh token issued so far. Sessions and access tokens live on.</summary>
    public void RevokeRefreshTokens() => _realm.RevokeRefreshTokens();

    /// <summary>Ends every session, and with it its access tokens and refresh tokens.</summary>
    public void EndSessions() => _realm.EndSessions();
}
