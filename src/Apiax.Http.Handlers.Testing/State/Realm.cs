namespace Apiax.Http.Handlers.Testing;

/// <summary>Accounts, sessions and their tokens, as one state under one lock; Keycloak's word for it.</summary>
internal sealed class Realm(ApiaxSandboxOptions options)
{
    private readonly object _lock = new();
    private readonly Accounts _accounts = new(options.LockOut);
    private readonly Sessions _sessions = new(options);
    private int _logins;

    public int Logins => Locked(_ => _logins);

    public int OpenSessions => Locked(_sessions.Count);

    public int LockOuts => Locked(_ => _accounts.LockOuts);

    public void AddUser(string username, string password) => Locked(() => _accounts.Add(username, password));

    public void ChangePassword(string username, string password) => Locked(() => _accounts[username].Password = password);

    public void DisableUser(string username) => Locked(() => _accounts[username].IsEnabled = false);

    public void RevokeAccessTokens() => Locked(_sessions.RevokeAccessTokens);

    public void RevokeRefreshTokens() => Locked(_sessions.RevokeRefreshTokens);

    public void Revoke(string token) => Locked(() => _sessions.Revoke(token));

    public void EndSessions() => Locked(_sessions.End);

    public bool Accepts(string accessToken) => Locked(now => _sessions.Accepts(accessToken, now));

    public TokenDecision Refresh(string refreshToken) => Locked(now => _sessions.Refresh(refreshToken, now));

    public TokenDecision SignIn(string username, string password, string? scope) => Locked<TokenDecision>(now =>
    {
        if (_accounts.SignIn(username, password, now) is { } refused)
            return refused;

        _logins++;
        return _sessions.Open(_accounts[username], scope, now);
    });

    // The clock is read under the lock, so that what happens later has the later instant.
    private T Locked<T>(Func<DateTimeOffset, T> read)
    {
        lock (_lock)
            return read(options.TimeProvider.GetUtcNow());
    }

    private void Locked(Action change)
    {
        lock (_lock)
            change();
    }
}
