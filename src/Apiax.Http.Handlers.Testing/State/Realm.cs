namespace Apiax.Http.Handlers.Testing;

/// <summary>Clients, users, sessions and their tokens, as one state under one lock; "realm" is Keycloak's term.</summary>
internal sealed class Realm
{
    // Before this version, revoking a refresh token ended every session of its user and client (keycloak issue 35486).
    private static readonly Version RevokesOneSessionSince = new(26, 1);

    private readonly object _lock = new();
    private readonly ApiaxSandboxOptions _options;
    private readonly Dictionary<string, SandboxClientKind> _clients = new(StringComparer.Ordinal) { [ApiaxAuthDefaults.ClientId] = SandboxClientKind.Public };
    private readonly Users _users;
    private readonly Sessions _sessions;
    private int _logins;

    public Realm(ApiaxSandboxOptions options)
    {
        _options = options;
        _users = new Users(options);
        _sessions = new Sessions(options);
    }

    public bool IsEnabled { get; set; } = true;

    /// <summary>The answer to every request if the realm is disabled.</summary>
    public Refused? Refusal => IsEnabled ? null : Refused.RealmDisabled;

    /// <summary>The check of a password. Measured with Keycloak: 49 to 75 ms.</summary>
    public RealTimeDelay PasswordCheck { get; } = new(TimeSpan.FromMilliseconds(50));

    public int Logins => Locked(_ => _logins);

    public int OpenSessions => Locked(_sessions.Count);

    public int LockOuts => Locked(_ => _users.LockOuts);

    public void AddUser(string username, string password) => Locked(_ => _users.Add(username, password));

    public void RemoveUser(string username) => Locked(_ =>
    {
        var user = _users.Remove(username);
        _sessions.End(session => session.User == user);
    });

    public void Change(string username, Action<User, DateTimeOffset> change) => Locked(now => change(_users[username], now));

    public void SetClient(string clientId, SandboxClientKind kind) => Locked(_ => _clients[clientId] = kind);

    public void RevokeAccessTokens() => Locked(_ => _sessions.RevokeAccessTokens());

    public void RevokeRefreshTokens() => Locked(_ => _sessions.RevokeRefreshTokens());

    public void ReplaceKeys() => Locked(_ =>
    {
        _sessions.RevokeAccessTokens();
        _sessions.RevokeRefreshTokens();
    });

    public void PushNotBefore() => Locked(_sessions.PushNotBefore);

    public void EndSessions() => Locked(_ => _sessions.End(_ => true));

    public string? Rejection(string accessToken) => Locked(now => _sessions.Rejection(accessToken, now));

    /// <summary>Ends the session of a refresh token, even if it has already ended.</summary>
    public Refused? Logout(string refreshToken, string client) => Locked(_ =>
    {
        if (_sessions.Of(refreshToken) is not { } session)
            return Refused.InvalidRefreshToken;
        if (session.Client != client)
            return Refused.OtherClient;

        session.End(Refused.SessionNotActive);
        return null;
    });

    /// <summary>Revokes a refresh token with its session, or an access token alone; an unknown token is no error.</summary>
    public Refused? Revoke(string token, string client) => Locked(_ =>
    {
        var session = _sessions.Of(token);
        if ((session ?? _sessions.OfAccessToken(token)) is { } any && any.Client != client)
            return Refused.TokenOfOtherClient;

        _sessions.Revoke(token);
        if (session is not null && _options.KeycloakVersion < RevokesOneSessionSince)
            _sessions.End(other => other.User == session.User && other.Client == session.Client);
        session?.End(Refused.SessionNotActive);
        return null;
    });

    public Refused? CheckClient(string? clientId) => KindOf(clientId) switch
    {
        SandboxClientKind.Disabled => Refused.UnknownClient,
        SandboxClientKind.Confidential => Refused.SecretMissing,
        _ => null,
    };

    /// <summary>Whether a client may request a grant.</summary>
    public Refused? CheckGrant(string clientId, string grantType) => KindOf(clientId) switch
    {
        SandboxClientKind.WithoutDirectAccessGrants when grantType == "password" => Refused.NoDirectAccessGrants,
        SandboxClientKind.ConsentRequired when grantType == "password" => Refused.ConsentRequired,
        _ => null,
    };

    public TokenDecision Refresh(string refreshToken, string client) => Locked(now => _sessions.Refresh(refreshToken, client, now));

    /// <summary>Continues when the client has disconnected, like a login at a slow directory.</summary>
    public async Task<TokenDecision> SignInAsync(string client, string username, string? password, string? scope)
    {
        User? user = null;
        if (Locked(now => _users.Begin(username, now, out user)) is { } refused)
            return refused;

        await PasswordCheck.PassAsync(CancellationToken.None).ConfigureAwait(false);

        return Locked<TokenDecision>(now =>
        {
            if ((_users.End(user!, password, now) ?? Refusal ?? CheckClient(client) ?? CheckGrant(client, "password")) is { } refusedMeanwhile)
                return refusedMeanwhile;

            _logins++;
            return _sessions.Open(user!, client, scope, now);
        });
    }

    private SandboxClientKind KindOf(string? clientId) => Locked(_ => _clients.GetValueOrDefault(clientId ?? "", SandboxClientKind.Disabled));

    // The clock is read under the lock, so that what happens later has the later instant.
    private T Locked<T>(Func<DateTimeOffset, T> read)
    {
        lock (_lock)
            return read(_options.TimeProvider.GetUtcNow());
    }

    private void Locked(Action<DateTimeOffset> change)
    {
        lock (_lock)
            change(_options.TimeProvider.GetUtcNow());
    }
}
