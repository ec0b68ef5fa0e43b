namespace Apiax.Http.Handlers.Simulation;

/// <summary>A store as its laws describe it, that counts what is asked of it.</summary>
internal sealed class StoreModel
{
    private readonly Dictionary<long, int> _operations = [];
    private readonly List<Replica> _waiting = [];
    private byte[] _content = [];
    private DateTimeOffset _committedOn;

    public long Version { get; private set; }

    public Replica? Owner { get; set; }

    public int Subscribers { get; private set; }

    public long Messages { get; private set; }

    /// <summary>Operations in the busiest second of a stretch of time, and in all of it.</summary>
    public (int Peak, long Sum) OperationsBetween(double from, double to)
    {
        var seconds = _operations.Where(second => second.Key >= from && second.Key < to).Select(second => second.Value).DefaultIfEmpty().ToList();
        return (seconds.Max(), seconds.Sum(count => (long)count));
    }

    public void Count(double second) => _operations[(long)second] = _operations.GetValueOrDefault((long)second) + 1;

    public TokenStoreEntry EntryAt(DateTimeOffset now) => new(Version, now - _committedOn, _content);

    public void Wait(Replica replica, double second)
    {
        if (!replica.IsSubscribed)
        {
            replica.IsSubscribed = true;
            Subscribers++;
            Count(second);
        }

        replica.IsWaiting = true;
        _waiting.Add(replica);
    }

    /// <summary>The next entry; the answer is who is woken.</summary>
    public List<Replica> Commit(byte[] content, DateTimeOffset now)
    {
        (Version, _content, _committedOn, Owner) = (Version + 1, content, now, null);
        Messages += Subscribers;
        var woken = _waiting.Where(replica => replica.IsWaiting).ToList();
        _waiting.Clear();
        return woken;
    }
}

/// <summary>One process, as far as it matters here.</summary>
internal sealed class Replica
{
    public TokenState State { get; set; } = TokenState.Cold;

    /// <summary>When, within the time between two calls, this one calls.</summary>
    public double Phase { get; init; }

    public long Known { get; set; }

    public int Round { get; set; }

    public bool IsSubscribed { get; set; }

    public bool IsWaiting { get; set; }

    /// <summary>When it began to wait while it had no token.</summary>
    public double? ColdSince { get; set; }
}
