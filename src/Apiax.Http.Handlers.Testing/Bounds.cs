using System.Runtime.CompilerServices;

namespace Apiax.Http.Handlers.Testing;

/// <summary>The bounds of values: beyond them, timers and dates overflow, and answers cannot be sent, in the middle of a request.</summary>
internal static class Bounds
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    /// <summary>A wait in real time: a day at most.</summary>
    public static TimeSpan RealTime(TimeSpan value, [CallerArgumentExpression(nameof(value))] string name = "") => Between(TimeSpan.Zero, value, TimeSpan.FromDays(1), name);

    /// <summary>A duration by the sandbox's clock: 10 years at most.</summary>
    public static TimeSpan ByClock(TimeSpan value, TimeSpan min, [CallerArgumentExpression(nameof(value))] string name = "") => Between(min, value, Longest, name);

    /// <summary>The status of a final answer.</summary>
    public static int Status(int value, [CallerArgumentExpression(nameof(value))] string name = "") => Between(200, value, 599, name);

    public static T Defined<T>(T value, [CallerArgumentExpression(nameof(value))] string name = "")
        where T : struct, Enum => Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(name, value, message: null);

    private static T Between<T>(T min, T value, T max, string name)
        where T : IComparable<T>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, min, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, max, name);
        return value;
    }
}
