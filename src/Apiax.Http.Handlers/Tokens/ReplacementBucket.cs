namespace Apiax.Http.Handlers;

/// <summary>
/// How many replacements are left (a token bucket): <paramref name="Capacity"/> at once, and one more after each <paramref name="Interval"/>.
/// It must be full again within an hour without a replacement.
/// </summary>
internal readonly record struct ReplacementBucket(int Capacity, TimeSpan Interval)
{
    // From the last replacement until the bucket is full.
    private Pause Refill { get; init; }

    public bool IsEmptyAt(DateTimeOffset now) => MissingAt(now) > Interval * (Capacity - 1);

    /// <summary>After a replacement, even if none was left: it may have been caused by another host, and is not owed.</summary>
    public ReplacementBucket Replaced(DateTimeOffset now) => this with { Refill = new Pause(now, (MissingAt(now) + Interval).AtMost(Interval * Capacity)) };

    // Until it is full. Like a pause: after the clock was set back, it must not stay empty until the clock reaches the replacements again.
    private TimeSpan MissingAt(DateTimeOffset now) => Refill.Covers(now) ? Refill.RemainingAt(now) : TimeSpan.Zero;
}
