using Apiax.Http.Handlers.Testing;

namespace Apiax.Http.Handlers.Simulation;

/// <summary>Replicas that start at once and call once a second, on virtual time: the library as it is, a store in memory, a modelled network.</summary>
internal sealed class Cluster(int replicas, TimeSpan tokenLifetime)
{
    // Between a replica and its Redis, there and back; and a token request.
    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan TokenRequest = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan BetweenCalls = TimeSpan.FromSeconds(1);

    private readonly VirtualTime _time = new();
    private readonly Random _random = new(4711);
    private readonly Dictionary<long, int> _operations = [];
    private readonly List<(StoreLine Store, ServerLine Line, ApiaxAccessTokenProvider Tokens)> _replicas = [];
    private TimeSpan _coldWait;
    private bool _isOver;
    private bool _isLeaderToDie;
    private int _commits;

    private long Second => (long)(_time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    /// <summary>The cold start, generations of tokens, and one in which the replica that refreshes dies.</summary>
    public Finding Run(int generations)
    {
        Finding? finding = null;
        _time.Run(async () => finding = await RunAsync(generations).ConfigureAwait(false));
        return finding!;
    }

    private async Task<Finding> RunAsync(int generations)
    {
        Pool.Seed(4711);
        var (store, server) = (new InMemoryTokenStore(_time), new TokenServer(_time, tokenLifetime));
        var start = Second;
        for (var number = 0; number < replicas; number++)
            Start(number, store, server);

        await Task.Delay(tokenLifetime * 0.45, _time).ConfigureAwait(false);
        var (begin, requests, commits) = (Second, server.Requests, _commits);
        await Task.Delay(tokenLifetime * 0.5 * generations, _time).ConfigureAwait(false);
        var (end, requestsMade, commitsMade) = (Second, server.Requests - requests, _commits - commits);

        _isLeaderToDie = true;
        await Task.Delay(tokenLifetime, _time).ConfigureAwait(false);
        _isOver = true;
        double seconds = end - begin;
        return new Finding(
            replicas, tokenLifetime, Between(start, start + 5).Peak, _coldWait.TotalSeconds, Between(begin, end).Sum / seconds, Between(begin, end).Peak, Between(end, Second).Peak,
            requestsMade / seconds, commitsMade * (double)replicas / seconds);
    }

    private void Start(int number, InMemoryTokenStore shared, TokenServer server)
    {
        var store = new StoreLine(shared, _time, () => (Loss.None, RoundTrip), () => _operations[Second] = _operations.GetValueOrDefault(Second) + 1);
        var line = new ServerLine(server, $"replica {number}", _time, () =>
        {
            _commits++;
            if (!_isLeaderToDie)
                return (Weather.Fair, TokenRequest);

            _isLeaderToDie = false;
            (_replicas[number].Store.IsDead, _replicas[number].Line.IsDead) = (true, true);
            return (Weather.Fair, TokenRequest);
        });
        var tokens = ApiaxAccessTokens.Create(new ApiaxAuthOptions { Username = "anna", Password = "right" }, credentials: null, line, new ProcessClock(_time), loggerFactory: null, store);
        _replicas.Add((store, line, tokens));
        _ = CallOnAsync(tokens);
    }

    private async Task CallOnAsync(ApiaxAccessTokenProvider tokens)
    {
        await Task.Delay(TimeSpan.FromSeconds(_random.NextDouble() * 0.1), _time).ConfigureAwait(false);
        var start = _time.GetTimestamp();
        await tokens.GetTokenAsync().ConfigureAwait(false);
        _coldWait = TimeSpan.FromTicks(Math.Max(_coldWait.Ticks, _time.GetElapsedTime(start).Ticks));
        while (!_isOver)
        {
            // Calls with a valid token cause nothing: the next relevant call is the first after the token is due for a refresh.
            var due = (await tokens.GetTokenAsync().ConfigureAwait(false)).RefreshOn - _time.GetUtcNow();
            await Task.Delay(due > BetweenCalls ? due + (BetweenCalls * _random.NextDouble()) : BetweenCalls, _time).ConfigureAwait(false);
        }
    }

    private (int Peak, long Sum) Between(long from, long to)
    {
        var seconds = _operations.Where(second => second.Key >= from && second.Key < to).Select(second => second.Value).DefaultIfEmpty().ToList();
        return (seconds.Max(), seconds.Sum(count => (long)count));
    }
}

/// <summary>What one run counted; all but the first two are of the store or of the token endpoint.</summary>
/// <param name="Replicas">How many.</param>
/// <param name="TokenLifetime">How long a token is valid.</param>
/// <param name="ColdPeak">Operations in the busiest second of a cold start of all at once.</param>
/// <param name="ColdWait">How long the slowest of them waited for its first token, in seconds.</param>
/// <param name="Operations">Operations a second, later on.</param>
/// <param name="Peak">Operations in the busiest second, later on.</param>
/// <param name="DeadLeaderPeak">Operations in the busiest second of a generation whose leader dies.</param>
/// <param name="TokenRequests">Token requests a second.</param>
/// <param name="Messages">Messages on channels a second, if all listen.</param>
internal sealed record Finding(
    int Replicas, TimeSpan TokenLifetime, int ColdPeak, double ColdWait, double Operations, int Peak, int DeadLeaderPeak, double TokenRequests, double Messages)
{
    /// <summary>Calculated: each replica calls the store once for each token, which is used for half of its lifetime.</summary>
    public double OperationsOnPaper => (Replicas + 1) / (TokenLifetime.TotalSeconds * 0.5);
}
