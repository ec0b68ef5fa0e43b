namespace Apiax.Http.Handlers;

/// <summary>
/// For a time, the last password is not sent: it was rejected or got no answer. Keycloak locks a user after two failures within a second, and
/// answers the correct password of a locked user like a wrong one: trying again makes it worse.
/// </summary>
internal sealed record CoolDown
{
    private static readonly TimeSpan First = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan BetweenChecks = TimeSpan.FromSeconds(10);
    private const int MaxRemembered = 100;

    // All that were rejected since the last success: if a vault's replicas disagree, its old passwords must not be sent alternately.
    private readonly CredentialsFingerprint[] _rejected;

    private CoolDown(ApiaxAuthException failure, CredentialsFingerprint[] rejected, Pause pause)
    {
        Failure = failure;
        _rejected = rejected;
        Pause = pause;
        RecheckPause = pause with { Length = BetweenChecks };
    }

    public ApiaxAuthException Failure { get; }

    public Pause Pause { get; }

    /// <summary>During this pause, the credentials are not read again to check whether they have changed.</summary>
    private Pause RecheckPause { get; init; }

    /// <param name="last">The previous cool-down.</param>
    /// <param name="failure">Why there is a new one.</param>
    /// <param name="sent">The credentials that were sent.</param>
    /// <param name="length">How long they are not sent again.</param>
    /// <param name="now">The time.</param>
    public static CoolDown After(CoolDown? last, ApiaxAuthException failure, CredentialsFingerprint sent, TimeSpan length, DateTimeOffset now) =>
        new(failure, [sent, .. last?._rejected.Take(MaxRemembered - 1) ?? []], new Pause(now, length));

    /// <summary>How long rejected credentials are not sent again, after a number of earlier rejections.</summary>
    /// <param name="rejections">The earlier rejections.</param>
    /// <param name="jitter">0 to 1, at random: machines whose password was rejected at the same time must not try again at the same time.</param>
    public static TimeSpan LengthAfter(int rejections, double jitter) => Pause.Doubled(First, rejections, Longest) * (0.75 + (jitter / 2));

    /// <summary>Whether it is about the credentials that were sent last.</summary>
    private bool IsOfLast => RecheckPause != default;

    /// <summary>Whether the server rejected the credentials that were sent last.</summary>
    public bool IsRejection => IsOfLast && Failure.Reason is ApiaxAuthFailure.CredentialsRejected;

    /// <summary>Whether the last credentials must not be sent yet.</summary>
    public bool Covers(DateTimeOffset now) => Pause.Covers(now) && IsOfLast;

    /// <summary>Whether calls fail without reading the credentials.</summary>
    public bool IsActive(DateTimeOffset now) => Pause.Covers(now) && RecheckPause.Covers(now);

    /// <summary>Whether these credentials must not be sent yet.</summary>
    public bool Forbids(CredentialsFingerprint credentials, DateTimeOffset now) => Pause.Covers(now) && _rejected.Contains(credentials);

    public CoolDown CredentialsChecked(DateTimeOffset now) => this with { RecheckPause = new Pause(now, BetweenChecks) };

    /// <summary>Credentials were sent and not rejected: if they are others, only the rejected ones still wait.</summary>
    public CoolDown Sent(CredentialsFingerprint credentials) => _rejected.Contains(credentials) ? this : this with { RecheckPause = default };
}
