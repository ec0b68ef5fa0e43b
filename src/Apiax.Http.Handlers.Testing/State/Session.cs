namespace Apiax.Http.Handlers.Testing;

/// <summary>A password login opens it, and refreshes keep it open until it is idle for too long or too old.</summary>
internal sealed class Session(User user, string client, IReadOnlyCollection<string> scopes, DateTimeOffset startedOn, ApiaxSandboxOptions options)
{
    private readonly bool _isOffline = scopes.Contains("offline_access", StringComparer.Ordinal);

    public Guid Id { get; } = Guid.NewGuid();

    public User User { get; } = user;

    public string Client { get; } = client;

    public string Scope { get; } = string.Join(' ', scopes);

    public bool HasIdToken { get; } = scopes.Contains("openid", StringComparer.Ordinal);

    public DateTimeOffset StartedOn { get; } = startedOn;

    /// <summary>The last refresh token; the only valid one if refresh tokens rotate.</summary>
    public string? RefreshToken { get; set; }

    /// <summary>When the session ends, however often it is refreshed.</summary>
    public DateTimeOffset EndsOn { get; } = startedOn + options.SessionMax;

    /// <summary>When the session ends unless it is refreshed before.</summary>
    public DateTimeOffset IdleEndsOn { get; private set; }

    /// <summary>Why the session has ended, as a refresh hears it; null unless it was ended.</summary>
    public Refused? EndReason { get; private set; }

    /// <summary>When the next refresh token expires, as an answer states it.</summary>
    public DateTimeOffset? DeclaredEnd => _isOffline ? null : IdleEndsOn;

    public bool IsOpen(DateTimeOffset now) => EndReason is null && (_isOffline || now < IdleEndsOn);

    public DateTimeOffset LimitToSession(DateTimeOffset end) => _isOffline || end < EndsOn ? end : EndsOn;

    public void Refreshed(DateTimeOffset now) => IdleEndsOn = LimitToSession(now + options.SessionIdle);

    public void End(Refused reason) => EndReason = reason;
}
