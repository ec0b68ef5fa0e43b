using System.Globalization;

namespace Apiax.Cli;

/// <summary>Durations as text.</summary>
internal static class DurationText
{
    /// <summary>The two largest units.</summary>
    public static string Of(TimeSpan span)
    {
        var parts = new[] { (span.Days, "day"), (span.Hours, "hour"), (span.Minutes, "minute"), (span.Seconds, "second") }
            .SkipWhile(part => part.Item1 == 0).Take(2).Where(part => part.Item1 > 0)
            .Select(part => part.Item1 == 1 ? $"1 {part.Item2}" : $"{part.Item1} {part.Item2}s").ToList();
        return parts.Count > 0 ? string.Join(" ", parts) : string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.#} seconds");
    }
}
