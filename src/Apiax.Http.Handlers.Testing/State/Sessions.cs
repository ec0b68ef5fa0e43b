using System.Security.Cryptography;

namespace Apiax.Http.Handlers.Testing;

/// <summary>Open sessions and the tokens that were issued in them. Not safe for threads: <see cref="Realm"/> has the lock.</summary>
internal sealed class Sessions(ApiaxSandboxOptions options)
{
    private const string DefaultScope = "email profile";

    private readonly AccessTokenWriter _writer = new();
    private readonly List<Session> _sessions = [];
    private readonly Dictionary<string, Session> _refreshTokens = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (Session Session, DateTimeOffset ExpiresOn)> _accessTokens = new(StringComparer.Ordinal);

    public int Count(DateTimeOffset now) => _sessions.Count(session => session.IsOpen(now));

    public Granted Open(Account account, string? scope, DateTimeOffset now)
    {
        var session = new Session(account, scope ?? DefaultScope, now, now + options.RefreshTokenLifetime);
        _sessions.Add(session);
        return Issue(session, now);
    }

    public TokenDecision Refresh(string refreshToken, DateTimeOffset now)
    {
        if (!_refreshTokens.TryGetValue(refreshToken, out var session))
            return Refused.InvalidRefreshToken;
        if (!session.IsOpen(now))
            return Refused.SessionNotActive;
        if (!session.Account.IsEnabled)
            return Refused.UserDisabled;

        if (options.RotateRefreshTokens && session.RefreshToken != refreshToken)
        {
            // Somebody has a copy: nobody can tell who is the thief, so all lose.
            session.End();
            return Refused.RefreshTokenReused;
        }

        return Issue(session, now);
    }

    public bool Accepts(string accessToken, DateTimeOffset now) =>
        _accessTokens.TryGetValue(accessToken, out var token) && now < token.ExpiresOn && !token.Session.WasEnded;

    public void RevokeAccessTokens() => _accessTokens.Clear();

    public void RevokeRefreshTokens() => _refreshTokens.Clear();

    /// <summary>A refresh token takes its session with it, an access token goes alone; one that nobody knows is no error.</summary>
    public void Revoke(string token)
    {
        if (_refreshTokens.TryGetValue(token, out var session))
            session.End();

        _accessTokens.Remove(token);
    }

    public void End() => _sessions.ForEach(session => session.End());

    private Granted Issue(Session session, DateTimeOffset now)
    {
        var expiresOn = now + options.TokenLifetime;
        var accessToken = _writer.Write(session, now, expiresOn);
        _accessTokens.Add(accessToken, (session, expiresOn));

        var refreshToken = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        _refreshTokens.Add(refreshToken, session);
        session.RefreshToken = refreshToken;

        return new Granted(accessToken, refreshToken, now, expiresOn, session);
    }
}
