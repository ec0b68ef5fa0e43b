namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>
/// Acts without end, the same for the same seed. Incidents and faults are decks of cards, shuffled anew when they are used up: all of them come in
/// turn, and meet each other in every combination as time goes by.
/// </summary>
internal sealed class Schedule(int seed)
{
    private static readonly TimeSpan[] Jumps = [TimeSpan.FromSeconds(20), TimeSpan.FromMinutes(5), TimeSpan.FromHours(1)];

    private readonly Random _random = new(seed);
    private readonly Queue<Fault> _tokens = new();
    private readonly Queue<Fault> _api = new();
    private readonly Queue<Incident> _incidents = new();

    public Act Next() => new(Draw(_tokens), Draw(_api), Draw(_incidents), TimeSpan.FromSeconds(2 + (1.5 * _random.NextDouble())), Jumps[_random.Next(Jumps.Length)]);

    private T Draw<T>(Queue<T> deck)
        where T : struct, Enum
    {
        if (deck.Count == 0)
        {
            var cards = Enum.GetValues<T>();
            _random.Shuffle(cards);
            Array.ForEach(cards, deck.Enqueue);
        }

        return deck.Dequeue();
    }
}
