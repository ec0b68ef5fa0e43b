namespace Apiax.Http.Handlers;

/// <summary>A time in which something is not done again.</summary>
internal readonly record struct Pause(DateTimeOffset From, TimeSpan Length)
{
    // Small corrections of the wall clock must not end a pause early: a password would be sent twice within a second.
    private static readonly TimeSpan MinCorrection = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxCorrection = TimeSpan.FromMinutes(1);

    public DateTimeOffset Until => From + Length;

    // Nor must a back-off of a second become a minute: what counts as small depends on the pause.
    private TimeSpan Correction => Length.AtLeast(MinCorrection).AtMost(MaxCorrection);

    /// <summary>Whether the pause is active. It is not if now is well before its start: the clock was set back, and the pause must not wait for it.</summary>
    public bool Covers(DateTimeOffset now) => now - From < Length && now - From > -Correction;

    public TimeSpan RemainingAt(DateTimeOffset now) => (Until - now).AtLeast(TimeSpan.Zero);

    /// <summary><paramref name="first"/>, doubled <paramref name="times"/> times, <paramref name="most"/> at most.</summary>
    public static TimeSpan Doubled(TimeSpan first, int times, TimeSpan most) => (first * Math.Pow(2, Math.Min(times, 30))).AtMost(most);
}
