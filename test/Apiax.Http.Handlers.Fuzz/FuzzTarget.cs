using System.Text;

namespace Apiax.Http.Handlers.Fuzz;

/// <summary>Code of the library that reads input from outside.</summary>
/// <param name="Run">Reads one input; throws if the outcome is wrong.</param>
/// <param name="Seeds">The first inputs.</param>
/// <param name="Words">The parts for new inputs.</param>
/// <param name="Longest">The length of the longest input; most stay small, for speed.</param>
/// <param name="MaxBytes">What it may allocate.</param>
internal sealed record FuzzTarget(Action<byte[]> Run, IReadOnlyList<byte[]> Seeds, IReadOnlyList<byte[]> Words, int Longest, long MaxBytes)
{
    /// <summary>An answer of the token endpoint. Words: the parts of an answer, and what is difficult for readers of JSON, numbers and text.</summary>
    public static FuzzTarget Answers { get; } = new(
        input => TokenAnswerTarget.Run(input),
        [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Corpus"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)],
        [
            .. new[]
            {
                "\"access_token\":", "\"expires_in\":", "\"expires_at\":", "\"refresh_expires_in\":", "\"refresh_token\":", "\"token_type\":", "\"error\":", "\"error_description\":",
                "\"Bearer\"", "\"invalid_grant\"", "null", "true", "{}", "[]", "{", "}", "[", "]", ",", ":", "\"", "\\", ".", "..", "-", "0", "-0", "1e400", "-1e400", "1e-400", "1e11", "1e9", "\"NaN\"", "\"Infinity\"",
                "1767227400", "1767227400000", "9223372036854775808", "0.1", "s3cret-word", "s3cret", "-word", "\\u0000", "\\ud800", "\\udfff", "\\u0065", "\\n", "\u200d", "\uFEFF", "eyJleHAiOjE4MDAsImlhdCI6MH0",
                "eyJhbGciOiJub25lIn0.eyJleHAiOjE4MDAsImlhdCI6MH0.c2ln", "eyJcdWQ4MDAiOjF9", "200 ", "400 ", "401 ", "302 ", "503 ", " refresh", "Thu, 01 Jan 2026 00:00:00 GMT", "\n", "//", "/*", "*/",
            }.Select(Encoding.UTF8.GetBytes),
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0],
        ],
        Longest: 1024 * 1024,
        MaxBytes: 16 * 1024 * 1024);

    /// <summary>The header <c>WWW-Authenticate</c> of a 401.</summary>
    public static FuzzTarget Challenges { get; } = new(
        ChallengeTarget.Run,
        Texts(
            "Bearer", "Bearer error=\"insufficient_scope\"", "bearer ERROR = insufficient_scope", "Bearer realm=\"apiax\"", "Bearer realm=\"apiax\", error=\"invalid_token\", error_description=\"Token verification failed\"",
            "Bearer realm=\"apiax\", error=\"invalid_token\", error_description=\"user_session_not_found\"", "Bearer realm=\"apiax\", error=\"invalid_token\", error_description=\"User disabled\"",
            "Basic realm=\"x, y\", Bearer error=\"insufficient_scope\"", "Negotiate TlRMTVNTUA==, Bearer error=\"insufficient\\_scope\"", "Digest qop=\"auth, auth-int\", nonce=\"a\\\"b\"",
            ", ,Bearer\trealm=\"a\" ,, error=insufficient_scope ,", "DPoP algs=\"ES256\"\nBearer scope=\"rules\", error=\"insufficient_scope\""),
        Texts("Bearer ", "bearer", "Basic ", "error", "error=", "error_description=", "realm=", "scope=", "insufficient_scope", "invalid_token", "\"insufficient_scope\"", "\"", "\\", "\\\"", ",", ", ", "=", "==", " ", "\t", "\n", "ä", "\0"),
        Longest: 64 * 1024,
        MaxBytes: long.MaxValue);

    /// <summary>The ways in which the HTTP stack and the caller use a recorded body: each byte is a step.</summary>
    public static FuzzTarget Bodies { get; } = new(
        BodyTarget.Run,
        [[4, 1, 10, 0], [4, 1, 10, 1, 200, 0], [0, 1, 10, 3], [4, 1, 8, 2, 1, 8, 0, 0], [4, 1, 8, 4, 1, 8, 0], [5, 1, 8, 2, 1, 8, 3, 1, 8, 0], [255, 1, 255, 1, 255, 1, 255, 0]],
        [[0], [1], [2], [3], [4], [5], [255], [1, 16], [1, 0]],
        Longest: 256,
        MaxBytes: long.MaxValue);

    private static byte[][] Texts(params string[] texts) => [.. texts.Select(Encoding.Latin1.GetBytes)];
}
