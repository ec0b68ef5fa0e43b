using System.Runtime.CompilerServices;

namespace Apiax.Http.Handlers.Testing;

/// <summary>The bounds of durations: beyond them, timers and dates overflow in the middle of a request.</summary>
internal static class Durations
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    /// <summary>A wait in real time: a day at most.</summary>
    public static TimeSpan RealTime(TimeSpan value, [CallerArgumentExpression(nameof(value))] string name = "") => Between(TimeSpan.Zero, value, TimeSpan.FromDays(1), name);

    /// <summary>A duration by the sandbox's clock: 10 years at most.</summary>
    public static TimeSpan ByClock(TimeSpan value, TimeSpan min, [CallerArgumentExpression(nameof(value))] string name = "") => Between(min, value, Longest, name);

    private static TimeSpan Between(TimeSpan min, TimeSpan value, TimeSpan max, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, min, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, max, name);
        return value;
    }
}
