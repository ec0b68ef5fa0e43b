using Apiax.Http.Handlers.Testing;

namespace Apiax.Http.Handlers.Simulation;

/// <summary>Some replicas for some minutes with faults, then for some minutes without. Everything follows from a seed.</summary>
internal sealed class Schedule(int seed)
{
    private static readonly TimeSpan Foul = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(36);

    private readonly Random _random = new(seed);
    private readonly VirtualTime _time = new();
    private readonly List<ScheduledReplica> _replicas = [];
    private readonly List<string> _wrong = [];
    private bool _isFair;
    private int _troubles;
    private int _started;

    /// <summary>What was wrong; empty if nothing was.</summary>
    public IReadOnlyList<string> Wrong => _wrong;

    public int Logins { get; private set; }

    public int Calls { get; private set; }

    public int Failed { get; private set; }

    /// <summary>The longest time in which a replica's calls failed although the store had a token for them, in seconds; 0 if it was short.</summary>
    public double LongestWithheld { get; private set; }

    /// <summary>The longest wait of a caller, in seconds.</summary>
    public double Longest { get; private set; }

    public void Run() => _time.Run(RunAsync);

    private async Task RunAsync()
    {
        Pool.Seed(seed);
        var lifetime = TimeSpan.FromSeconds(new[] { 15, 60, 300 }[_random.Next(3)]);
        var (store, server) = (new InMemoryTokenStore(_time), new TokenServer(_time, lifetime));
        for (var number = 0; number < 2 + _random.Next(3); number++)
            Start(store, server);

        var end = _time.GetUtcNow() + Foul;
        while (_time.GetUtcNow() < end)
        {
            await Task.Delay(TimeSpan.FromSeconds(_random.NextDouble() * 25), _time).ConfigureAwait(false);
            await TroubleAsync(store, server).ConfigureAwait(false);
        }

        // The effect of an earlier fault (a claim of a process that died) shows at the next refresh, and cool-downs end; after that, no more is allowed.
        (_isFair, store.Failure, server.RejectsPasswords) = (true, null, false);
        await Task.Delay(TimeSpan.FromMinutes(server.Rejections > 0 ? 20 : 2) + lifetime, _time).ConfigureAwait(false);
        var (logins, failed) = (server.Logins, Failed);
        await Task.Delay(TimeSpan.FromMinutes(1) + lifetime, _time).ConfigureAwait(false);

        _wrong.AddRange(server.Violations);
        Check(server.Logins == logins, $"{server.Logins - logins} logins although all is well again");
        Check(Failed == failed, $"{Failed - failed} failed calls although all is well again");
        Check(server.Logins <= 1 + (_troubles * _replicas.Count), $"{server.Logins} logins for {_troubles} troubles");
        Check(server.Rejections <= 2 * (1 + (_troubles * _replicas.Count)), $"{server.Rejections} rejected passwords for {_troubles} troubles");
        Check(LongestWithheld == 0, $"calls failed for {LongestWithheld} s although the store had a token");
        Check(Longest <= LongestWait.TotalSeconds, $"a caller waited for {Longest} s");
        Logins = server.Logins;
        foreach (var replica in _replicas)
            await replica.StopAsync().ConfigureAwait(false);
    }

    private void Check(bool holds, string otherwise)
    {
        if (!holds)
            _wrong.Add(otherwise);
    }

    private async Task TroubleAsync(InMemoryTokenStore store, TokenServer server)
    {
        _troubles++;
        var number = _random.Next(_replicas.Count);
        switch (_random.Next(8))
        {
            case 0:
                _replicas[number].Kill();
                Start(store, server, number);
                break;
            case 1:
                var stopping = _replicas[number].StopAsync();
                Start(store, server, number);
                await stopping.ConfigureAwait(false);
                break;
            case 2:
                store.Clear();
                break;
            case 3:
                store.ClockCorrection += TimeSpan.FromSeconds((_random.NextDouble() * 120) - 60);
                break;
            case 4:
                _replicas[number].Store = Random(Loss.Call, Loss.Answer, Loss.Late, Loss.None);
                break;
            case 5:
                _replicas[number].Server = Random(Weather.NoConnection, Weather.Unread, Weather.Page, Weather.Overloaded, Weather.AnswerLost, Weather.Fair);
                break;
            case 6:
                server.RejectsPasswords = !server.RejectsPasswords;
                break;
            default:
                store.Failure = store.Failure is null ? new IOException("the store is away") : null;
                break;
        }
    }

    private T Random<T>(params T[] from) => from[_random.Next(from.Length)];

    private void Start(InMemoryTokenStore store, TokenServer server, int? instead = null)
    {
        var replica = new ScheduledReplica($"process {++_started}", _time, store, server, _random, this);
        if (instead is { } number)
            _replicas[number] = replica;
        else
            _replicas.Add(replica);

        _ = replica.CallOnAsync();
    }

    /// <summary>Whether a fault of a replica takes effect now: not always, so that other things happen as well.</summary>
    public bool IsFoul() => !_isFair && _random.Next(3) > 0;

    public void Withheld(TimeSpan length) => LongestWithheld = Math.Max(LongestWithheld, length.TotalSeconds);

    public void Called(TimeSpan waited, bool failed) =>
        (Calls, Failed, Longest) = (Calls + 1, Failed + (failed ? 1 : 0), Math.Max(Longest, waited.TotalSeconds));
}
