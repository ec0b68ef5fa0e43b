namespace Apiax.Http.Handlers.Testing;

// Who may sign in, who has, and what of it is taken back.
public sealed partial class ApiaxSandbox
{
    /// <summary>How many password logins succeeded.</summary>
    public int Logins => _realm.Logins;

    /// <summary>How many sessions are open: a login opens one; <see cref="EndSessions"/>, its age, and the revocation or the re-use of a refresh token end it.</summary>
    public int Sessions => _realm.OpenSessions;

    /// <summary>How many times a user was locked out, for 60 seconds each, by two wrong passwords within one second.</summary>
    /// <value>Zero for ever when <see cref="ApiaxSandboxOptions.BruteForceDetection"/> is off.</value>
    public int LockOuts => _realm.LockOuts;

    /// <summary>How many calls of the API came with a live access token.</summary>
    public int ApiCalls => _api.Passed;

    /// <summary>How many calls of the API were answered with 401 because their token was missing, unknown, expired or taken back.</summary>
    /// <value>A 401 that a stub answers counts as one of <see cref="ApiCalls"/>.</value>
    public int UnauthorizedCalls => _api.Unauthorized;

    /// <summary>Every request to the token endpoint so far, in the order of arrival.</summary>
    public IReadOnlyList<SandboxTokenRequest> TokenRequests => _tokenEndpoint.Requests.Snapshot();

    /// <summary>Takes back every access token issued so far: the API answers them with 401. Sessions and refresh tokens live on.</summary>
    public void RevokeAccessTokens() => _realm.RevokeAccessTokens();

    /// <summary>Takes back every refresh token issued so far. Sessions and access tokens live on.</summary>
    public void RevokeRefreshTokens() => _realm.RevokeRefreshTokens();

    /// <summary>Replaces the keys of the realm: no token issued so far is accepted any more. Sessions stay open.</summary>
    public void ReplaceKeys()
    {
        RevokeAccessTokens();
        RevokeRefreshTokens();
    }

    /// <summary>Pushes <i>not before</i>: tokens issued so far are stale, and answers tell the instant.</summary>
    public void PushNotBefore() => _realm.PushNotBefore();

    /// <summary>Ends every session, and with it its access tokens and refresh tokens.</summary>
    public void EndSessions() => _realm.EndSessions();
}
