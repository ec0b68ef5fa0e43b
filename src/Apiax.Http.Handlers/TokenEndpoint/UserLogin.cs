namespace Apiax.Http.Handlers;

/// <summary>
/// One user of one token endpoint: one login at a time, and no password again too soon. Keycloak's brute-force detection accepts one of several overlapping
/// logins of a user, and answers the others like a wrong password; two failures within a second lock the user.
/// </summary>
/// <remarks>All members except <see cref="EnterAsync"/> and <see cref="Logins"/> may be used only after entering.</remarks>
#pragma warning disable CA1001 // A semaphore whose wait handle is not used needs no disposal.
internal sealed class UserLogin(Random random)
#pragma warning restore CA1001
{
    private const int MaxRemembered = 100;

    // During a rotation, this many different passwords may be rejected. A source that returns another wrong one for each login would lock the user.
    private const int MaxDifferent = 5;

    // Together with the login after it, ten seconds.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(9.7);

    private readonly SemaphoreSlim _gate = new(1);
    private Dictionary<CredentialsFingerprint, RejectedPassword>? _rejected;
    private RejectedPassword? _last;
    private int _different;
    private RejectedPassword? _unanswered;
    private Pause _spacing;

    /// <summary>The minimum time between two logins of a user.</summary>
    public static TimeSpan Spacing { get; } = TimeSpan.FromSeconds(1.5);

    /// <summary>How long a login without an answer may still be in progress on the server.</summary>
    public static TimeSpan UnansweredPause(ApiaxAuthException? failure = null) => TimeSpan.FromSeconds(30).AtLeast(failure?.RetryAfter ?? default);

    /// <summary>The minimum time for a login: one that is cancelled may leave an open session.</summary>
    public static TimeSpan MinTime(ApiaxAuthOptions options) => options.AttemptTimeout.AtMost(options.TokenTimeout / 2);

    /// <summary>How many logins use this object; guarded by <see cref="UserLogins"/>.</summary>
    public int Logins { get; set; }

    public Task EnterAsync(CancellationToken cancellationToken) => _gate.WaitAsync(cancellationToken);

    public void Leave() => _gate.Release();

    /// <summary>Whether nothing is recorded about any password, so that no fingerprint is needed.</summary>
    public bool IsEmptyAt(DateTimeOffset now) => _rejected is not { Count: > 0 } && _unanswered?.Pause.Covers(now) != true;

    /// <summary>Whether nothing is recorded that the next login must respect.</summary>
    public bool IsForgottenAt(DateTimeOffset now) =>
        !_spacing.Covers(now) && _unanswered?.Pause.Covers(now) != true && _rejected?.Values.All(rejected => rejected.IsForgottenAt(now)) != false;

    /// <summary>Why a password must not be sent yet; null if it may.</summary>
    public RejectedPassword? BackOffOf(CredentialsFingerprint password, DateTimeOffset now)
    {
        var rejected = Find(password, now);
        return rejected?.Pause.Covers(now) == true ? rejected : _unanswered?.Pause.Covers(now) == true ? _unanswered : null;
    }

    /// <summary>How long no password is sent.</summary>
    public TimeSpan SpacingAt(DateTimeOffset now) => _spacing.Covers(now) ? _spacing.RemainingAt(now) : TimeSpan.Zero;

    public void Accepted(CredentialsFingerprint password)
    {
        _rejected?.Remove(password);
        _different = 0;
    }

    /// <summary>The login failed for a reason that says nothing about the password.</summary>
    public void Failed(DateTimeOffset now) => _spacing = new Pause(now, Spacing);

    /// <summary>There was no answer: the login may still be in progress, and the next one could overlap with it.</summary>
    public RejectedPassword Unanswered(ApiaxAuthException failure, DateTimeOffset now)
    {
        Failed(now);
        return _unanswered = new RejectedPassword(failure, new Pause(now, UnansweredPause(failure)), Rejections: 1);
    }

    /// <summary>The server rejected a password.</summary>
    /// <param name="password">The password.</param>
    /// <param name="failure">The server's answer.</param>
    /// <param name="isAmbiguous">Whether it also rejects a correct one when two logins overlap.</param>
    /// <param name="spare">How long the second try may be delayed; if that is too short, another flight makes it.</param>
    /// <param name="now">The time.</param>
    /// <returns>The pause and whether a second try is due.</returns>
    public RejectedPassword Rejected(CredentialsFingerprint password, ApiaxAuthException failure, bool isAmbiguous, TimeSpan spare, DateTimeOffset now)
    {
        Failed(now);
        var last = Find(password, now);

        // A source that returns another password each time would send that instead of a second try: after the last one that is allowed, there is none.
        var (length, rejections) = last is null && isAmbiguous && _different < MaxDifferent - 1
            ? (SecondTryAfter(spare), 0)
            : (CoolDown.LengthAfter(last?.Rejections ?? 0, random.NextDouble()), (last?.Rejections ?? 0) + 1);
        var rejected = new RejectedPassword(failure, new Pause(now, length), rejections);
        Remember(password, rejected);
        return rejected;
    }

    private TimeSpan SecondTryAfter(TimeSpan spare)
    {
        // At least the spacing, which would otherwise extend all shorter pauses to the same length.
        var pause = Spacing + (random.NextDouble() * (LongestPause - Spacing));
        return spare < Spacing ? pause : pause.AtMost(spare);
    }

    /// <summary>What is recorded about a password; after five different ones, a new one continues the record of the last.</summary>
    private RejectedPassword? Find(CredentialsFingerprint password, DateTimeOffset now)
    {
        var found = _rejected?.GetValueOrDefault(password) ?? (_different >= MaxDifferent ? _last : null);
        return found?.IsForgottenAt(now) == false ? found : null;
    }

    private void Remember(CredentialsFingerprint password, RejectedPassword rejected)
    {
        _rejected ??= [];
        if (!_rejected.ContainsKey(password))
        {
            _different++;
            if (_rejected.Count >= MaxRemembered)
                _rejected.Remove(_rejected.MinBy(known => known.Value.Pause.Until).Key);
        }

        _rejected[password] = _last = rejected;
    }
}
