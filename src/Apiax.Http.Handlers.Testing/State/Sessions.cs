namespace Apiax.Http.Handlers.Testing;

/// <summary>Open sessions and the tokens that were issued in them. Not thread-safe: <see cref="Realm"/> holds the lock.</summary>
internal sealed class Sessions(ApiaxSandboxOptions options)
{
    private static readonly string[] DefaultScopes = ["email", "profile"];

    private readonly TokenWriter _writer = new();
    private readonly List<Session> _sessions = [];
    private readonly Dictionary<string, Token> _refreshTokens = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Token> _accessTokens = new(StringComparer.Ordinal);
    private long _generation;
    private long _notBefore;

    public int Count(DateTimeOffset now) => _sessions.Count(session => session.IsOpen(now));

    public Granted Open(User user, string client, string? scope, DateTimeOffset now)
    {
        var requested = scope?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        var session = new Session(user, client, [.. requested.Union(DefaultScopes, StringComparer.Ordinal)], Whole(now), options);
        _sessions.Add(session);
        return Issue(session, Whole(now));
    }

    public TokenDecision Refresh(string refreshToken, string client, DateTimeOffset now)
    {
        if (!_refreshTokens.TryGetValue(refreshToken, out var token))
            return Refused.InvalidRefreshToken;
        if (Refuse(token, client, now) is { } refused)
            return refused;

        var session = token.Session;
        if (options.RotateRefreshTokens && session.RefreshToken != refreshToken)
        {
            // Someone has a copy. The server cannot tell which client is genuine, so both lose the session.
            session.End(Refused.ClientSessionGone);
            return Refused.RefreshTokenReused;
        }

        return Issue(session, Whole(now));
    }

    /// <summary>Why the API rejects a token, as in Keycloak's userinfo; null if it accepts the token.</summary>
    public string? Rejection(string accessToken, DateTimeOffset now)
    {
        if (!_accessTokens.TryGetValue(accessToken, out var token) || now >= token.ExpiresOn || token.Generation < _generation)
            return "Token verification failed";
        if (!token.Session.IsOpen(now))
            return "user_session_not_found";

        return token.Session.User.IsBlocked ? "User disabled" : null;
    }

    public void RevokeAccessTokens() => _accessTokens.Clear();

    public void RevokeRefreshTokens() => _refreshTokens.Clear();

    public void PushNotBefore(DateTimeOffset now)
    {
        // By number, not by time: even on a stopped clock, tokens issued before are older.
        _generation++;
        _notBefore = now.ToUnixTimeSeconds();
    }

    /// <summary>The session of a refresh token; null for an unknown token.</summary>
    public Session? Of(string refreshToken) => _refreshTokens.GetValueOrDefault(refreshToken)?.Session;

    public Session? OfAccessToken(string accessToken) => _accessTokens.GetValueOrDefault(accessToken)?.Session;

    /// <summary>Revokes an access token only.</summary>
    public void Revoke(string accessToken) => _accessTokens.Remove(accessToken);

    public void End(Func<Session, bool> which) => _sessions.Where(which).ToList().ForEach(session => session.End(Refused.SessionNotActive));

    private Refused? Refuse(Token token, string client, DateTimeOffset now)
    {
        var session = token.Session;
        if (token.Generation < _generation)
            return Refused.StaleToken;
        if (now >= token.ExpiresOn)
            return Refused.TokenNotActive;
        if (session.Client != client)
            return Refused.OtherClient;
        if (session.EndReason == Refused.SessionNotActive)
            return session.EndReason;

        return session.User.IsBlocked ? Refused.UserDisabled : session.EndReason;
    }

    private Granted Issue(Session session, DateTimeOffset now)
    {
        session.Refreshed(now);
        var expiresOn = session.LimitToSession(now + options.TokenLifetime);
        var accessToken = _writer.Access(session, now, expiresOn);
        _accessTokens.Add(accessToken, new Token(session, expiresOn, _generation));

        var refreshToken = session.RefreshToken = _writer.Refresh(session, now);
        _refreshTokens.Add(refreshToken, new Token(session, session.DeclaredEnd ?? DateTimeOffset.MaxValue, _generation));

        return new Granted(session)
        {
            AccessToken = accessToken,
            RefreshToken = refreshToken,
            IdToken = session.HasIdToken ? _writer.Id(session, now, expiresOn) : null,
            IssuedOn = now,
            ExpiresOn = expiresOn,
            RefreshExpiresOn = session.DeclaredEnd,
            NotBefore = _notBefore,
        };
    }

    // Keycloak counts in whole seconds: near the end of a second a lifetime is almost a second shorter than declared.
    private static DateTimeOffset Whole(DateTimeOffset now) => DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());

    private sealed record Token(Session Session, DateTimeOffset ExpiresOn, long Generation);
}
