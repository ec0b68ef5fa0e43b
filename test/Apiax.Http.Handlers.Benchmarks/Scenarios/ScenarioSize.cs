namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>How much is measured: in the short run enough for steady figures, in the tests enough to run all the code.</summary>
internal sealed record ScenarioSize
{
    public static ScenarioSize Short { get; } = new();

    public static ScenarioSize Tiny { get; } = new()
    {
        HandlerRounds = new PairedRounds(rounds: 1, TimeSpan.Zero, TimeSpan.Zero),
        LoopbackRounds = new PairedRounds(rounds: 1, TimeSpan.Zero, TimeSpan.Zero),
        ProviderRounds = new PairedRounds(rounds: 1, TimeSpan.Zero, TimeSpan.Zero),
        HerdRounds = 1,
        HerdCallers = 1000,
        Renewals = 1,
        TokenLifetime = TimeSpan.FromSeconds(1),
        ConcurrentCalls = 50,
        Starts = 1,
        Accounts = [1, 10],
    };

    /// <summary>Handlers in memory: many short turns, since a disturbance that is longer than a turn then affects few of them.</summary>
    public PairedRounds HandlerRounds { get; private init; } = new(rounds: 60, TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(400));

    public PairedRounds LoopbackRounds { get; private init; } = new(rounds: 120, TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(700));

    public PairedRounds ProviderRounds { get; private init; } = new(rounds: 30, TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(200));

    public int HerdRounds { get; private init; } = 15;

    public int HerdCallers { get; private init; } = 100_000;

    public int Renewals { get; private init; } = 4;

    public TimeSpan TokenLifetime { get; private init; } = TimeSpan.FromSeconds(3);

    public int ConcurrentCalls { get; private init; } = 1000;

    public int Starts { get; private init; } = 15;

    public IReadOnlyList<int> Accounts { get; private init; } = [1, 10, 1000];
}
