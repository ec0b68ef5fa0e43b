namespace Apiax.Http.Handlers;

/// <summary>How often tokens are replaced because one host rejects them: an API that rejects every token must not cause load on the login server.</summary>
internal sealed record ReplacementRation
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(1);

    private ReplacementRation()
    {
    }

    public static ReplacementRation None { get; } = new();

    /// <summary>Whether there were replacements and the host has accepted none of them yet.</summary>
    public bool AwaitsAcceptance => Unaccepted > 0;

    /// <summary>How many replacements in a row the host has not accepted.</summary>
    private int Unaccepted { get; init; }

    // From the last replacement.
    private Pause Pause { get; init; }

    // 70 within the first hour at most, 60 within each later one.
    private ReplacementBucket Bucket { get; init; } = new(10, TimeSpan.FromMinutes(1));

    /// <summary>Whether it is too early for another replacement.</summary>
    public bool Covers(DateTimeOffset now) => Pause.Covers(now) || Bucket.IsEmptyAt(now);

    /// <summary>Whether it no longer restricts anything.</summary>
    public bool IsOverAt(DateTimeOffset now) => !(Pause with { Length = Remembered }).Covers(now);

    public ReplacementRation Replaced(DateTimeOffset now)
    {
        var before = IsOverAt(now) ? 0 : Unaccepted;
        return new() { Unaccepted = before + 1, Pause = new Pause(now, Pause.Doubled(First, before, Longest)), Bucket = Bucket.Replaced(now) };
    }

    /// <summary>The host accepted the replacement: only the shortest pause remains, since another path of the host may reject every token.</summary>
    public ReplacementRation Accepted() => this with { Unaccepted = 0, Pause = Pause with { Length = First } };
}
