namespace Apiax.Http.Handlers;

/// <summary>A length of time within bounds, or in whole seconds.</summary>
internal static class TimeSpanExtensions
{
    public static TimeSpan AtLeast(this TimeSpan length, TimeSpan least) => new(Math.Max(length.Ticks, least.Ticks));

    public static TimeSpan AtMost(this TimeSpan length, TimeSpan most) => new(Math.Min(length.Ticks, most.Ticks));

    /// <summary>As log entries and exceptions give it: in whole seconds, at least one of what is no more than a part of one.</summary>
    public static long WholeSeconds(this TimeSpan length) => length > TimeSpan.Zero ? Math.Max(1, (long)Math.Round(length.TotalSeconds)) : 0;
}
