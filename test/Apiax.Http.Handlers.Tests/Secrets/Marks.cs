using System.Net;
using System.Text;
using System.Text.Encodings.Web;

namespace Apiax.Http.Handlers.Tests.Secrets;

/// <summary>The mark in every secret, in all the spellings in which it could be disclosed.</summary>
internal static class Marks
{
    /// <summary>The mark in each secret; it is different in each encoding.</summary>
    public const string Mark = "S3cr+t/M4rk";

    public const string Password = $"päss w&rd {Mark}=%";

    /// <summary>Not a secret, but not shown either: accounts are named by their clients. It is also in the endpoint's query.</summary>
    public const string Username = $"änna {NameMark}";

    private const string NameMark = "N4me+M/rk";

    private static readonly string[] Secrets = Spellings(Mark);

    private static readonly string[] Names = Spellings(NameMark);

    public static string AccessToken(int number) => $"access-{Mark}-{number}";

    public static string RefreshToken(int number) => $"refresh-{Mark}-{number}";

    /// <summary>Whether any secret is in it, in any spelling.</summary>
    public static bool IsIn(string text) => Secrets.Any(spelling => text.Contains(spelling, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether the user is named in it, in any spelling.</summary>
    public static bool IsUserIn(string text) => Names.Any(spelling => text.Contains(spelling, StringComparison.OrdinalIgnoreCase));

    private static string[] Spellings(string mark) =>
    [
        mark,
        Uri.EscapeDataString(mark),
        WebUtility.UrlEncode(Uri.EscapeDataString(mark)),
        JavaScriptEncoder.Default.Encode(mark),
        Convert.ToHexString(Encoding.UTF8.GetBytes(mark)),
        .. Base64(mark),
        .. Base64(mark).Select(text => text.Replace('+', '-').Replace('/', '_')),
    ];

    /// <summary>Base64 of the mark at any position in a longer text: the characters that depend on it alone, for each of the three phases.</summary>
    private static IEnumerable<string> Base64(string mark) => Enumerable.Range(0, 3).Select(before =>
    {
        var text = Convert.ToBase64String(Encoding.UTF8.GetBytes(new string('x', before) + mark));
        var first = ((before * 4) + 2) / 3;
        var whole = (before + mark.Length) * 8 / 6;
        return text[first..whole];
    });
}
