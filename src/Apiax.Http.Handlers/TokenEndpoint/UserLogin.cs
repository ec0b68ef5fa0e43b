namespace Apiax.Http.Handlers;

/// <summary>
/// One user of one token endpoint: one login at a time, and no password again too soon. Keycloak with brute-force detection accepts one of several logins
/// of a user that overlap and refuses the others in the words of a wrong password; two failures within a second lock the user.
/// </summary>
/// <remarks>All members but <see cref="EnterAsync"/> are for whoever is inside.</remarks>
#pragma warning disable CA1001 // A semaphore whose wait handle nobody asks for holds nothing that must be given back.
internal sealed class UserLogin(Random random)
#pragma warning restore CA1001
{
    private const int MaxRemembered = 100;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);

    // With the login after it, ten seconds.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(9.7);
    private static readonly TimeSpan UnansweredPause = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _gate = new(1);
    private Dictionary<CredentialsFingerprint, RejectedPassword>? _rejected;
    private RejectedPassword? _unanswered;
    private Pause _spacing;

    /// <summary>The least time between two passwords of a user.</summary>
    public static TimeSpan Spacing { get; } = TimeSpan.FromSeconds(1.5);

    /// <summary>The least time that a login must have: one that is cut off may leave a session behind.</summary>
    public static TimeSpan MinTime(ApiaxAuthOptions options) => options.AttemptTimeout.AtMost(options.TokenTimeout / 2);

    public Task EnterAsync(CancellationToken cancellationToken) => _gate.WaitAsync(cancellationToken);

    public void Leave() => _gate.Release();

    /// <summary>Whether there is anything to know about a password, before it is worth its fingerprint.</summary>
    public bool IsCleanAt(DateTimeOffset now) => _rejected is not { Count: > 0 } && _unanswered?.Pause.Covers(now) != true;

    /// <summary>Why a password must not be sent yet; nothing when it may.</summary>
    public RejectedPassword? BackOffOf(CredentialsFingerprint password, DateTimeOffset now)
    {
        var rejected = Find(password, now);
        return rejected?.Pause.Covers(now) == true ? rejected : _unanswered?.Pause.Covers(now) == true ? _unanswered : null;
    }

    /// <summary>How long no password at all is sent.</summary>
    public TimeSpan SpacingAt(DateTimeOffset now) => _spacing.Covers(now) ? _spacing.RemainingAt(now) : TimeSpan.Zero;

    public void Accepted(CredentialsFingerprint password) => _rejected?.Remove(password);

    /// <summary>No token, for a reason that says nothing of the password.</summary>
    public void Failed(DateTimeOffset now) => _spacing = new Pause(now, Spacing);

    /// <summary>No answer: the login may be at work still, and the next one meet it.</summary>
    public RejectedPassword Unanswered(ApiaxAuthException failure, DateTimeOffset now)
    {
        Failed(now);
        return _unanswered = new RejectedPassword(failure, new Pause(now, UnansweredPause.AtLeast(failure.RetryAfter ?? default)), Rejections: 1);
    }

    /// <summary>The server rejected a password.</summary>
    /// <param name="password">Which.</param>
    /// <param name="failure">In which words.</param>
    /// <param name="isAmbiguous">Whether it does so with a right one too, when two logins meet.</param>
    /// <param name="spare">How long its second try may be put off; where that is too short, it is another flight's.</param>
    /// <param name="now">The time.</param>
    /// <returns>How it goes on.</returns>
    public RejectedPassword Rejected(CredentialsFingerprint password, ApiaxAuthException failure, bool isAmbiguous, TimeSpan spare, DateTimeOffset now)
    {
        Failed(now);
        var last = Find(password, now);
        var (length, rejections) = last is null && isAmbiguous
            ? (SecondTryAfter(spare), 0)
            : (CoolDown.LengthAfter(last?.Rejections ?? 0, random.NextDouble()), (last?.Rejections ?? 0) + 1);
        var rejected = new RejectedPassword(failure, new Pause(now, length), rejections);
        Remember(password, rejected);
        return rejected;
    }

    private TimeSpan SecondTryAfter(TimeSpan spare)
    {
        // From the spacing on: what is drawn below it would all be sent at the same instant.
        var pause = Spacing + (random.NextDouble() * (LongestPause - Spacing));
        return spare < ShortestPause ? pause : pause.AtMost(spare);
    }

    private RejectedPassword? Find(CredentialsFingerprint password, DateTimeOffset now) =>
        _rejected is { } known && known.TryGetValue(password, out var rejected) && !rejected.IsForgottenAt(now) ? rejected : null;

    private void Remember(CredentialsFingerprint password, RejectedPassword rejected)
    {
        _rejected ??= [];
        if (_rejected.Count >= MaxRemembered && !_rejected.ContainsKey(password))
            _rejected.Remove(_rejected.MinBy(known => known.Value.Pause.Until).Key);

        _rejected[password] = rejected;
    }
}
