namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>How reliable the result of a goal is on a busy machine.</summary>
internal enum GoalKind
{
    /// <summary>Bytes and counts are the same on every machine: missing one ends the program with 1.</summary>
    Gate,

    /// <summary>Times are only reported: a busy machine would otherwise fail a build by chance.</summary>
    Time,
}

/// <summary>One line of the table of goals.</summary>
/// <param name="Number">The goal's number.</param>
/// <param name="What">What was measured.</param>
/// <param name="Figure">The result.</param>
/// <param name="Bar">What it should be.</param>
/// <param name="IsMet">Whether it is.</param>
/// <param name="Kind">How reliable the result is.</param>
internal sealed record Goal(int Number, string What, string Figure, string Bar, bool IsMet, GoalKind Kind);
