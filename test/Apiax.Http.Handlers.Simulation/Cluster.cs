namespace Apiax.Http.Handlers.Simulation;

/// <summary>Replicas that start at once and call once a second, on virtual time: the library's own state machine and entries, a modelled store and network.</summary>
internal sealed class Cluster
{
    // Between a replica and its Redis, there and back; and a token request.
    private const double RoundTrip = 0.001;
    private const double TokenRequest = 0.15;
    private const double BetweenCalls = 1;

    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly double[] Waits = [0.2, 0.4, 0.8];

    private readonly PriorityQueue<Action, double> _events = new();
    private readonly StoreModel _store = new();
    private readonly List<Replica> _replicas;
    private readonly TimeSpan _tokenLifetime;
    private readonly Random _random = new(4711);
    private double _now;
    private double _coldWait;
    private int _tokenRequests;

    public Cluster(int replicas, TimeSpan tokenLifetime)
    {
        _tokenLifetime = tokenLifetime;
        _replicas = [.. Enumerable.Range(0, replicas).Select(_ => new Replica { Phase = _random.NextDouble() * 0.1 })];
    }

    private DateTimeOffset Now => Epoch + TimeSpan.FromSeconds(_now);

    /// <summary>The cold start, and then generations of tokens.</summary>
    public Finding Run(int generations)
    {
        foreach (var replica in _replicas)
            At(replica.Phase, () => Call(replica));

        var life = _tokenLifetime.TotalSeconds;
        var (start, end) = (life * 0.45, life * (0.45 + (0.5 * generations)));
        var (requestsBefore, messagesBefore) = (0, 0L);
        At(start, () => (requestsBefore, messagesBefore) = (_tokenRequests, _store.Messages));
        while (_events.TryDequeue(out var happens, out var when) && when < end)
        {
            _now = when;
            happens();
        }

        var cold = _store.OperationsBetween(0, 5);
        var (peak, sum) = _store.OperationsBetween(start, end);
        return new Finding(
            _replicas.Count, _tokenLifetime, cold.Peak, _coldWait, sum / (end - start), peak, (_tokenRequests - requestsBefore) / (end - start), (_store.Messages - messagesBefore) / (end - start));
    }

    private void Call(Replica replica)
    {
        switch (replica.State.Decide(Now))
        {
            case TokenDecision.Use:
                NextCall(replica);
                break;

            case TokenDecision.Fetch:
                replica.ColdSince = _now;
                Fly(replica);
                break;

            case TokenDecision.UseAndRefresh:
                Fly(replica);
                break;
        }
    }

    private void Fly(Replica replica)
    {
        replica.State = replica.State.FlightStarted();
        replica.Round = 0;
        At(_now + (RoundTrip / 2), () => Begin(replica));
    }

    private void Begin(Replica replica)
    {
        _store.Count(_now);
        if (_store.Version != 0 && _store.Version != replica.Known)
        {
            replica.Known = _store.Version;
            At(_now + (RoundTrip / 2), () => Land(replica, FlightResult.Adopted));
        }
        else if (_store.Owner is null)
        {
            _store.Owner = replica;
            At(_now + (RoundTrip / 2) + TokenRequest, () => Commit(replica));
        }
        else
        {
            _store.Wait(replica, _now);
            var wait = Waits[Math.Min(replica.Round++, Waits.Length - 1)];
            var round = replica.Round;
            At(_now + wait + (wait / 4 * _random.NextDouble()), () => Wake(replica, round));
        }
    }

    private void Commit(Replica replica)
    {
        _tokenRequests++;
        var token = new ApiaxAccessToken($"token-{_tokenRequests}", Now + _tokenLifetime, Now + (_tokenLifetime / 2));
        var tokens = new TokenSet(token, "refresh", Now + TimeSpan.FromDays(14), Now);

        _store.Count(_now);
        var woken = _store.Commit(SharedAccount.Unknown().With(tokens, working: null).Write(Now), Now);
        foreach (var waiter in woken)
        {
            var round = waiter.Round;
            At(_now + (RoundTrip / 2), () => Wake(waiter, round));
        }

        replica.Known = _store.Version;
        Land(replica, FlightResult.Refreshed);
    }

    private void Wake(Replica replica, int round)
    {
        // By the channel or by the poll, whichever comes first.
        if (!replica.IsWaiting || replica.Round != round)
            return;

        replica.IsWaiting = false;
        At(_now + (RoundTrip / 2), () => Begin(replica));
    }

    private void Land(Replica replica, Func<TokenSet, FlightResult> result)
    {
        var shared = SharedAccount.Read(_store.EntryAt(Now), Now, _random.NextDouble());
        replica.State = replica.State.Landed(result(shared.Tokens! with { RefreshToken = null }), Now);
        if (replica.ColdSince is { } since)
            _coldWait = Math.Max(_coldWait, _now - since);

        replica.ColdSince = null;
        NextCall(replica);
    }

    /// <summary>The first call that finds the token due: those before it need nobody.</summary>
    private void NextCall(Replica replica)
    {
        var due = (replica.State.Tokens!.AccessToken.RefreshOn - Epoch).TotalSeconds;
        At(Math.Max(replica.Phase + (Math.Ceiling((due - replica.Phase) / BetweenCalls) * BetweenCalls), _now + BetweenCalls), () => Call(replica));
    }

    private void At(double when, Action happens) => _events.Enqueue(happens, when);
}

/// <summary>What one run counted; all but the first two are of the store or of the token endpoint.</summary>
/// <param name="Replicas">How many.</param>
/// <param name="TokenLifetime">How long a token lives.</param>
/// <param name="ColdPeak">Operations in the busiest second of a cold start of all at once.</param>
/// <param name="ColdWait">How long the slowest of them waited for its first token, in seconds.</param>
/// <param name="Operations">Operations a second, later on.</param>
/// <param name="Peak">Operations in the busiest second, later on.</param>
/// <param name="TokenRequests">Token requests a second.</param>
/// <param name="Messages">Messages on channels a second.</param>
internal sealed record Finding(
    int Replicas, TimeSpan TokenLifetime, int ColdPeak, double ColdWait, double Operations, int Peak, double TokenRequests, double Messages)
{
    /// <summary>On paper: each replica asks once a generation, which is half of a life.</summary>
    public double OperationsOnPaper => (Replicas + 1) / (TokenLifetime.TotalSeconds * 0.5);

    /// <summary>On paper: they all ask within a tenth of a life, and those that meet the refresh ask twice.</summary>
    public double PeakOnPaper => Math.Max(2, 2 * Replicas / (TokenLifetime.TotalSeconds * 0.1));
}
