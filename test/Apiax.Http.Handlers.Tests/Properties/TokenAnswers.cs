using System.Text;
using CsCheck;

namespace Apiax.Http.Handlers.Tests.Properties;

/// <summary>Token answers as servers send them, and invalid ones.</summary>
internal static class TokenAnswers
{
    private static readonly string[] Oddities =
    [
        "0", "-0", "-1", "0.4", "1e-30", "1e400", "-1e400", "1e308", "59.9999999", "999999999", "1000000000", "99999999999", "100000000000",
        "1767225600", "1767227400", "1767227400000", "253402300800000", "9223372036854775808", "123456789012345678901234567890",
    ];

    private static readonly string[] Texts = ["", " ", "NaN", "Infinity", "-Infinity", "∞", "0x10", "1,800", "1.800,5", "soon", "\\u0036\\u0030", "٣٦٠٠", " 60 "];

    private static readonly string[] OtherThings = ["null", "true", "false", "{}", "[]", "[60]", "{\"seconds\":60}"];

    /// <summary>A JSON number in an answer: any size, any notation.</summary>
    public static readonly Gen<string> Number = Gen.OneOf(
        Gen.Long.Select(number => Invariant($"{number}")),
        Gen.Long[-10, 200_000].Select(number => Invariant($"{number}")),
        Gen.Double.Where(double.IsFinite).Select(number => Invariant($"{number:R}")),
        Gen.Select(Gen.Int[-999, 999], Gen.Int[-400, 400], (mantissa, exponent) => Invariant($"{mantissa}e{exponent}")),
        Gen.OneOf(Oddities));

    /// <summary>The value of <c>expires_in</c>: a number, a text with or without one, something else, or null (the member is absent).</summary>
    public static readonly Gen<string?> Lifetime = Gen.Frequency<string?>(
        (4, Number.Select(number => (string?)number)),
        (3, Number.Select(number => (string?)$"\"{number}\"")),
        (1, Gen.OneOf(Texts).Select(text => (string?)$"\"{text}\"")),
        (1, Gen.OneOf(OtherThings).Select(thing => (string?)thing)),
        (1, Gen.Const((string?)null)));

    /// <summary>An access token: opaque, a JWT with its own times, or something that looks like one.</summary>
    public static readonly Gen<string> AccessToken = Gen.Frequency(
        (2, Gen.String[Gen.Char['!', '~'], 1, 40].Select(text => text.Replace('\\', '/').Replace('"', '\''))),
        (3, Gen.Select(Lifetime, Lifetime, (exp, iat) => Jwt($"{{{Members(("exp", exp), ("iat", iat))}}}"))),
        (1, Gen.OneOf("null", "[]", "7", "\"exp\"", "{", "{\"exp\":{}}", "{\"\\ud800\":1}", "{\"e\\udfff\":1,\"exp\":\"\\ud800\"}", new string('[', 200)).Select(Jwt)),
        (1, Gen.OneOf("..", "a..b", "a.b.c", "a.====.c", "....", "x.é.y".Replace('é', '_'))));

    public static string Answer(string accessToken, string? expiresIn, string? expiresAt) =>
        $"{{{Members(("access_token", $"\"{accessToken}\""), ("expires_in", expiresIn), ("expires_at", expiresAt), ("token_type", "\"Bearer\""))}}}";

    public static string Jwt(string payload) => $"eyJhbGciOiJub25lIn0.{Convert.ToBase64String(Encoding.UTF8.GetBytes(payload)).TrimEnd('=').Replace('+', '-').Replace('/', '_')}.c2ln";

    private static string Members(params (string Name, string? Value)[] members) =>
        string.Join(',', members.Where(member => member.Value is not null).Select(member => $"\"{member.Name}\":{member.Value}"));

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
