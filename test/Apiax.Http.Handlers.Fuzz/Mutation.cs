using System.Text;

namespace Apiax.Http.Handlers.Fuzz;

/// <summary>Makes new inputs of known ones. The same seed makes the same ones.</summary>
internal sealed class Mutation(int seed, IEnumerable<byte[]> corpus)
{
    // The bound of an answer; most inputs stay small, for speed.
    private const int Longest = 1024 * 1024;
    private const int Usual = 4096;

    // What an answer is made of, and what readers of JSON, numbers and text stumble over.
    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "\"access_token\":", "\"expires_in\":", "\"expires_at\":", "\"refresh_expires_in\":", "\"refresh_token\":", "\"token_type\":", "\"error\":", "\"error_description\":",
            "\"Bearer\"", "\"invalid_grant\"", "null", "true", "{}", "[]", "{", "}", "[", "]", ",", ":", "\"", "\\", ".", "..", "-", "0", "-0", "1e400", "-1e400", "1e-400", "1e11", "1e9", "\"NaN\"", "\"Infinity\"",
            "1767227400", "1767227400000", "9223372036854775808", "0.1", "s3cret-word", "s3cret", "-word", "\\u0000", "\\ud800", "\\udfff", "\\u0065", "\\n", "\u200d", "\uFEFF", "eyJleHAiOjE4MDAsImlhdCI6MH0",
            "eyJhbGciOiJub25lIn0.eyJleHAiOjE4MDAsImlhdCI6MH0.c2ln", "eyJcdWQ4MDAiOjF9", "200 ", "400 ", "401 ", "302 ", "503 ", "Thu, 01 Jan 2026 00:00:00 GMT", "\n", "//", "/*", "*/",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0],
    ];

    private readonly Random _random = new(seed);

    public List<byte[]> Inputs { get; } = [.. corpus];

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
            Repeat(input, Longest);

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
                input.InsertRange(at, Any(Words));
                break;
            case 5:
                var word = Any(Words);
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

    /// <summary>A piece of it many times over: depth, length, and whatever grows faster than they do.</summary>
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
