namespace Apiax.Http.Handlers;

/// <summary>When tokens were replaced within the last hour.</summary>
internal sealed class RecentReplacements
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly DateTimeOffset[] _times;

    private RecentReplacements(DateTimeOffset[] times) => _times = times;

    public static RecentReplacements None { get; } = new([]);

    public int CountAt(DateTimeOffset now) => _times.Count(time => IsRecent(time, now));

    public RecentReplacements With(DateTimeOffset now) => new([.. _times.Where(time => IsRecent(time, now)), now]);

    // Like a pause: after the clock was set back, they must not count until it reaches them again.
    private static bool IsRecent(DateTimeOffset time, DateTimeOffset now) => new Pause(time, Hour).Covers(now);
}
