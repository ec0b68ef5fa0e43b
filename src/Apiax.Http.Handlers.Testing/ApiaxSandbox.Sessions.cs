namespace Apiax.Http.Handlers.Testing;

// Logins, sessions, requests, and revocation.
public sealed partial class ApiaxSandbox
{
    /// <summary>How many password logins succeeded.</summary>
    public int Logins => _realm.Logins;

    /// <summary>How many sessions are open: a login opens one. <see cref="EndSessions"/>, its age, and the revocation or re-use of its refresh token end it.</summary>
    public int Sessions => _realm.OpenSessions;

    /// <summary>How often a user was locked out, for 60 seconds each time, after two wrong passwords within one second.</summary>
    /// <value>Always zero if <see cref="ApiaxSandboxOptions.BruteForceDetection"/> is off.</value>
    public int LockOuts => _realm.LockOuts;

    /// <summary>How many API calls had a valid access token.</summary>
    public int ApiCalls => _api.Passed;

    /// <summary>How many API calls were answered with <see cref="RejectionStatus"/> because their token was missing, unknown, expired or revoked, or with 401 by <see cref="FailApiCalls"/>.</summary>
    /// <value>A call that a stub answers with 401 counts as one of <see cref="ApiCalls"/>.</value>
    public int UnauthorizedCalls => _api.Unauthorized;

    /// <summary>Every request to the token endpoint so far, in the order of arrival.</summary>
    public IReadOnlyList<SandboxTokenRequest> TokenRequests => _tokenEndpoint.Requests.Snapshot();

    /// <summary>Revokes every access token issued so far: the API answers them with 401. Sessions and refresh tokens stay valid.</summary>
    public void RevokeAccessTokens() => _realm.RevokeAccessTokens();

    /// <summary>Revokes every refresh token issued so far. Sessions and access tokens stay valid.</summary>
    public void RevokeRefreshTokens() => _realm.RevokeRefreshTokens();

    /// <summary>Replaces the keys of the realm: no token issued so far is accepted any more. Sessions stay open.</summary>
    public void ReplaceKeys() => _realm.ReplaceKeys();

    /// <summary>Pushes Keycloak's <i>not before</i>: tokens issued so far become invalid, and token answers state the instant.</summary>
    public void PushNotBefore() => _realm.PushNotBefore();

    /// <summary>Ends every session, with its access tokens and refresh tokens.</summary>
    public void EndSessions() => _realm.EndSessions();
}
