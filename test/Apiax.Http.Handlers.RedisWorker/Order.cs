namespace Apiax.Http.Handlers.RedisWorker;

/// <summary>What a replica is to be.</summary>
internal sealed record Order
{
    public required Uri TokenEndpoint { get; init; }

    public required Uri Api { get; init; }

    /// <summary>The Redis; none for a replica by itself.</summary>
    public string? Redis { get; init; }

    public required string KeyFolder { get; init; }

    public required string Username { get; init; }

    public required string Password { get; init; }

    public TimeSpan TokenTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public int Callers { get; init; } = 5;

    public int MillisecondsBetweenCalls { get; init; } = 200;

    /// <summary>How far this replica's clock is off.</summary>
    public double ClockOffsetInSeconds { get; init; }
}

/// <summary>What came of it.</summary>
/// <param name="Calls">API calls that came to their end.</param>
/// <param name="Failures">The first ways in which others did not.</param>
/// <param name="Failed">How many those were.</param>
/// <param name="Slowest">The longest call, in milliseconds.</param>
/// <param name="Events">What was logged, by event, and how often.</param>
/// <param name="Messages">The warnings among them.</param>
internal sealed record Report(int Calls, int Failed, double Slowest, IReadOnlyList<string> Failures, IReadOnlyDictionary<string, int> Events, IReadOnlyList<string> Messages);
