namespace Apiax.Http.Handlers;

/// <summary>
/// No password is sent for a while, since the last one was rejected. Keycloak locks a user after two failures within a second, and answers
/// the right password of a locked user as it answers a wrong one: trying again is what must not happen.
/// </summary>
internal sealed record CoolDown
{
    // Keycloak rejects a right password too when two logins of a user meet; what worked before gets the benefit of the doubt.
    private static readonly TimeSpan FirstForWorkingCredentials = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan First = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan BetweenQuestions = TimeSpan.FromSeconds(10);
    private const int MostRemembered = 100;

    // All that were rejected since the last success: a vault whose replicas disagree must not have its old passwords sent in turn.
    private readonly CredentialsFingerprint[] _rejected;

    private CoolDown(ApiaxAuthException failure, CredentialsFingerprint[] rejected, Pause pause, int rejections)
    {
        Failure = failure;
        _rejected = rejected;
        Pause = pause;
        Rejections = rejections;
        QuestionPause = pause with { Length = BetweenQuestions };
    }

    public ApiaxAuthException Failure { get; }

    public Pause Pause { get; }

    /// <summary>How many rejections there were in a row.</summary>
    public int Rejections { get; }

    /// <summary>While it is on, nobody asks for the credentials again to see whether they have changed.</summary>
    private Pause QuestionPause { get; init; }

    /// <param name="last">The cool-down before.</param>
    /// <param name="failure">Why there is another.</param>
    /// <param name="sent">The credentials that were sent.</param>
    /// <param name="haveWorked">Whether they once got a token.</param>
    /// <param name="now">The time.</param>
    /// <param name="shared">How long it is for all replicas, where they have one together.</param>
    public static CoolDown After(
        CoolDown? last, ApiaxAuthException failure, CredentialsFingerprint sent, bool haveWorked, DateTimeOffset now, TimeSpan? shared = null)
    {
        var rejections = last?.Rejections ?? 0;
        var length = shared ?? LengthAfter(rejections, haveWorked);
        return new CoolDown(failure, [sent, .. last?._rejected.Take(MostRemembered - 1) ?? []], new Pause(now, length), rejections + 1);
    }

    /// <summary>How long credentials are not sent again after a rejection, when there were so many rejections before it.</summary>
    public static TimeSpan LengthAfter(int rejections, bool haveWorked) => Pause.Doubled(haveWorked ? FirstForWorkingCredentials : First, rejections, Longest);

    /// <summary>Whether calls fail without so much as a look at the credentials.</summary>
    public bool Holds(DateTimeOffset now) => Pause.Covers(now) && QuestionPause.Covers(now);

    /// <summary>Whether these credentials must not be sent yet.</summary>
    public bool Forbids(CredentialsFingerprint credentials, DateTimeOffset now) => Pause.Covers(now) && _rejected.Contains(credentials);

    public CoolDown Asked(DateTimeOffset now) => this with { QuestionPause = new Pause(now, BetweenQuestions) };
}
