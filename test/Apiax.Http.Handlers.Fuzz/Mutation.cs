namespace Apiax.Http.Handlers.Fuzz;

/// <summary>Creates new inputs from known ones; the same seed creates the same inputs.</summary>
internal sealed class Mutation(int seed, FuzzTarget target)
{
    private readonly Random _random = new(seed);

    public List<byte[]> Inputs { get; } = [.. target.Seeds];

    private int Usual => Math.Min(4096, target.Longest);

    public void Keep(byte[] input)
    {
        if (input.Length <= Usual)
            Inputs.Add(input);
    }

    public byte[] Next()
    {
        var input = new List<byte>(Any(Inputs));
        for (var changes = 1 << _random.Next(4); changes > 0; changes--)
            Change(input);

        if (_random.Next(20_000) == 0)
            Repeat(input, target.Longest);

        return [.. input];
    }

    private void Change(List<byte> input)
    {
        var at = _random.Next(input.Count + 1);
        var rest = input.Count - at;
        switch (_random.Next(9))
        {
            case 0 when rest > 0:
                input[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when rest > 0:
                input[at] = (byte)_random.Next(256);
                break;
            case 2:
                input.RemoveRange(at, _random.Next(Math.Min(rest, 32) + 1));
                break;
            case 3 or 4:
                input.InsertRange(at, Any(target.Words));
                break;
            case 5:
                var word = Any(target.Words);
                input.RemoveRange(at, Math.Min(rest, word.Length));
                input.InsertRange(at, word);
                break;
            case 6:
                var other = Any(Inputs);
                var from = _random.Next(other.Length + 1);
                input.InsertRange(at, other.AsSpan(from, Math.Min(other.Length - from, _random.Next(64))).ToArray());
                break;
            case 7 when rest > 0 && char.IsAsciiDigit((char)input[at]):
                input[at] = (byte)('0' + _random.Next(10));
                break;
            case 8 when _random.Next(8) == 0:
                Repeat(input, Usual);
                break;
        }

        if (input.Count > Usual)
            input.RemoveRange(Usual, input.Count - Usual);
    }

    /// <summary>Repeats a part of the input many times: for depth, length, and costs that grow faster than these.</summary>
    private void Repeat(List<byte> input, int most)
    {
        if (input.Count == 0)
            return;

        var from = _random.Next(input.Count);
        var piece = input.GetRange(from, Math.Min(input.Count - from, 1 + _random.Next(8)));
        var times = _random.Next(Math.Max(1, (most - input.Count) / piece.Count));
        input.InsertRange(from, Enumerable.Repeat(piece, times).SelectMany(bytes => bytes).ToArray());
    }

    private T Any<T>(IReadOnlyList<T> list) => list[_random.Next(list.Count)];
}
