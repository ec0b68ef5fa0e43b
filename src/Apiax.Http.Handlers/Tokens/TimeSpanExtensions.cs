namespace Apiax.Http.Handlers;

/// <summary>Bounds of a length of time.</summary>
internal static class TimeSpanExtensions
{
    public static TimeSpan AtLeast(this TimeSpan length, TimeSpan least) => new(Math.Max(length.Ticks, least.Ticks));

    public static TimeSpan AtMost(this TimeSpan length, TimeSpan most) => new(Math.Min(length.Ticks, most.Ticks));
}
