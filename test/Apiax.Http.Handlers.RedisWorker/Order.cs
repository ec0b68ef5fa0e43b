namespace Apiax.Http.Handlers.RedisWorker;

/// <summary>The settings of a replica.</summary>
internal sealed record Order
{
    public required Uri TokenEndpoint { get; init; }

    public required Uri Api { get; init; }

    /// <summary>The Redis; null for a replica without a store.</summary>
    public string? Redis { get; init; }

    public required string KeyFolder { get; init; }

    public required string Username { get; init; }

    public required string Password { get; init; }

    public TimeSpan TokenTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public int Callers { get; init; } = 5;

    public int MillisecondsBetweenCalls { get; init; } = 200;

    /// <summary>The error of this replica's clock.</summary>
    public double ClockOffsetInSeconds { get; init; }
}

/// <summary>The result of a replica.</summary>
/// <param name="Calls">API calls that were answered.</param>
/// <param name="Failures">The first failures.</param>
/// <param name="Failed">How many calls failed.</param>
/// <param name="Slowest">The longest call, in milliseconds.</param>
/// <param name="Events">What was logged, by event, and how often.</param>
/// <param name="Messages">The warnings among them.</param>
internal sealed record Report(int Calls, int Failed, double Slowest, IReadOnlyList<string> Failures, IReadOnlyDictionary<string, int> Events, IReadOnlyList<string> Messages);
