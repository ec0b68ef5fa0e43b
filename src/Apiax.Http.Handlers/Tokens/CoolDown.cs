namespace Apiax.Http.Handlers;

/// <summary>
/// No password is sent for a while, since the last one was rejected or got no answer. Keycloak locks a user after two failures within a second, and
/// answers the right password of a locked user as it answers a wrong one: trying again is what must not happen.
/// </summary>
internal sealed record CoolDown
{
    private static readonly TimeSpan First = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan BetweenChecks = TimeSpan.FromSeconds(10);
    private const int MaxRemembered = 100;

    // All that were rejected since the last success: a vault whose replicas disagree must not have its old passwords sent in turn.
    private readonly CredentialsFingerprint[] _rejected;

    private CoolDown(ApiaxAuthException failure, CredentialsFingerprint[] rejected, Pause pause, int rejections)
    {
        Failure = failure;
        _rejected = rejected;
        Pause = pause;
        Rejections = rejections;
        RecheckPause = pause with { Length = BetweenChecks };
    }

    public ApiaxAuthException Failure { get; }

    public Pause Pause { get; }

    /// <summary>How many rejections there were in a row.</summary>
    public int Rejections { get; }

    /// <summary>While it is on, nobody asks for the credentials again to see whether they have changed.</summary>
    private Pause RecheckPause { get; init; }

    /// <param name="last">The cool-down before.</param>
    /// <param name="failure">Why there is another.</param>
    /// <param name="sent">The credentials that were sent.</param>
    /// <param name="length">How long they are not sent again.</param>
    /// <param name="now">The time.</param>
    /// <param name="shared">How many rejections there were by the word of others, who may say it twice; one more than before if null.</param>
    public static CoolDown After(CoolDown? last, ApiaxAuthException failure, CredentialsFingerprint sent, TimeSpan length, DateTimeOffset now, int? shared = null) =>
        new(failure, [sent, .. last?._rejected.Take(MaxRemembered - 1) ?? []], new Pause(now, length), shared ?? (last?.Rejections ?? 0) + 1);

    /// <summary>How long rejected credentials are not sent again, when there were so many rejections before this one.</summary>
    /// <param name="rejections">Those before.</param>
    /// <param name="jitter">0 to 1, at random: machines that were refused together must not come back together.</param>
    public static TimeSpan LengthAfter(int rejections, double jitter) => Pause.Doubled(First, rejections, Longest) * (0.75 + (jitter / 2));

    /// <summary>Whether calls fail without so much as a look at the credentials.</summary>
    public bool IsActive(DateTimeOffset now) => Pause.Covers(now) && RecheckPause.Covers(now);

    /// <summary>Whether these credentials must not be sent yet.</summary>
    public bool Forbids(CredentialsFingerprint credentials, DateTimeOffset now) => Pause.Covers(now) && _rejected.Contains(credentials);

    public CoolDown CredentialsChecked(DateTimeOffset now) => this with { RecheckPause = new Pause(now, BetweenChecks) };
}
