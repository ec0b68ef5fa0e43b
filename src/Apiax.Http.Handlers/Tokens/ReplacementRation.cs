namespace Apiax.Http.Handlers;

/// <summary>How often tokens are replaced because one host rejects them: an API that rejects every token must not cause load on the login server.</summary>
internal sealed record ReplacementRation
{
    private const int MaxPerHour = 60;
    private static readonly TimeSpan First = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private ReplacementRation()
    {
    }

    public static ReplacementRation None { get; } = new();

    /// <summary>Whether there were replacements and the host has accepted none of them yet.</summary>
    public bool AwaitsAcceptance => Unaccepted > 0;

    /// <summary>How many replacements in a row the host has not accepted.</summary>
    private int Unaccepted { get; init; }

    private Pause Pause { get; init; }

    private RecentReplacements Recent { get; init; } = RecentReplacements.None;

    /// <summary>Whether it is too early for another replacement.</summary>
    public bool Covers(DateTimeOffset now) => Pause.Covers(now) || Recent.CountAt(now) >= MaxPerHour;

    /// <summary>Whether it no longer restricts anything.</summary>
    public bool IsOverAt(DateTimeOffset now) => Recent.CountAt(now) == 0;

    public ReplacementRation Replaced(DateTimeOffset now)
    {
        var before = IsOverAt(now) ? 0 : Unaccepted;
        return new() { Unaccepted = before + 1, Pause = new Pause(now, Pause.Doubled(First, before, Longest)), Recent = Recent.With(now) };
    }

    /// <summary>The host accepted the replacement: only the shortest pause remains, since another path of the host may reject every token.</summary>
    public ReplacementRation Accepted() => this with { Unaccepted = 0, Pause = Pause with { Length = First } };
}
