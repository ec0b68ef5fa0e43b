namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>
/// An endless sequence of acts, the same for the same seed. Incidents and faults are drawn from shuffled lists, which are shuffled again when they are used up: all of
/// them occur, and over time in every combination.
/// </summary>
internal sealed class Schedule(int seed)
{
    private static readonly TimeSpan[] Jumps = [TimeSpan.FromSeconds(20), TimeSpan.FromMinutes(5), TimeSpan.FromHours(1)];

    private readonly Random _random = new(seed);

    // The simplest act comes first: refreshes fail, and no call may fail before the token expires.
    private readonly Queue<Fault> _tokens = new([Fault.Overloaded]);
    private readonly Queue<Fault> _api = new([Fault.None]);
    private readonly Queue<Incident> _incidents = new([Incident.None]);
    private readonly Queue<Habit> _habits = new([Habit.None]);

    public Act Next()
    {
        var (tokens, incident) = (Draw(_tokens), Draw(_incidents));

        // If nothing revokes the token, a fault must last until it expires.
        var least = incident is Incident.None && tokens is not Fault.None ? 5 : 2;
        return new(tokens, Draw(_api, last: Fault.SlowHandshake), incident, Draw(_habits), TimeSpan.FromSeconds(least + (1.5 * _random.NextDouble())), Jumps[_random.Next(Jumps.Length)]);
    }

    private T Draw<T>(Queue<T> deck, T? last = null)
        where T : struct, Enum
    {
        if (deck.Count == 0)
        {
            var cards = Enum.GetValues<T>().Where(card => last is null || Comparer<T>.Default.Compare(card, last.Value) <= 0).ToArray();
            _random.Shuffle(cards);
            Array.ForEach(cards, deck.Enqueue);
        }

        return deck.Dequeue();
    }
}
