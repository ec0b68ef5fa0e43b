namespace Apiax.Http.Handlers;

/// <summary>Limits a duration, or rounds it to whole seconds.</summary>
internal static class TimeSpanExtensions
{
    public static TimeSpan AtLeast(this TimeSpan length, TimeSpan least) => new(Math.Max(length.Ticks, least.Ticks));

    public static TimeSpan AtMost(this TimeSpan length, TimeSpan most) => new(Math.Min(length.Ticks, most.Ticks));

    /// <summary>The duration as in log entries and exceptions: in whole seconds, at least one unless it is zero or negative.</summary>
    public static long WholeSeconds(this TimeSpan length) => length > TimeSpan.Zero ? Math.Max(1, (long)Math.Round(length.TotalSeconds)) : 0;
}
