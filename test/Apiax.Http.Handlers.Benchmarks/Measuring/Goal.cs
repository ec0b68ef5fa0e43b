namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>How far a goal can be trusted on a machine that does other things as well.</summary>
internal enum GoalKind
{
    /// <summary>Bytes and counts are the same on every machine: missing one ends the program with 1.</summary>
    Gate,

    /// <summary>Times are reported. A busy machine would otherwise turn a build red by chance.</summary>
    Time,
}

/// <summary>One line of the table of goals.</summary>
/// <param name="Number">The goal's number.</param>
/// <param name="What">What was measured.</param>
/// <param name="Figure">What came out.</param>
/// <param name="Bar">What it should be.</param>
/// <param name="IsMet">Whether it is.</param>
/// <param name="Kind">How far it can be trusted.</param>
internal sealed record Goal(int Number, string What, string Figure, string Bar, bool IsMet, GoalKind Kind);
