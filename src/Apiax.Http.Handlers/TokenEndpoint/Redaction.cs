using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Apiax.Http.Handlers;

/// <summary>
/// A server's text for use in a message: limited in length, without invisible characters, and without the secrets and user names that it may repeat.
/// </summary>
/// <param name="secrets">The secrets, if known.</param>
/// <param name="usernames">The user names, if known.</param>
internal sealed class Redaction(IEnumerable<string?> secrets, IEnumerable<string?> usernames)
{
    /// <summary>
    /// The longest text that is shown at all, and searched. A longer one explains nothing, and is withheld: cut, it could end with a part of a secret,
    /// which would not be found.
    /// </summary>
    public const int MaxLength = 16 * 1024;

    private const string Redacted = "[redacted]";

    // Any JSON Web Token: other tokens of the account are secrets as well.
    private const string JsonWebTokenStart = "eyJ";
    private const int MinJsonWebToken = 19;
    private static readonly SearchValues<char> OfJsonWebTokens = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly string[] _secrets = [.. secrets.OfType<string>()];

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly string[] _usernames = [.. usernames.OfType<string>()];

    /// <param name="text">The server's text.</param>
    /// <param name="length">The maximum length of the result.</param>
    /// <returns>The text that may be shown; null if it has none.</returns>
    public string? Of(string? text, int length)
    {
        if (text?.Length > MaxLength)
            return Redacted;

        // Invisible characters first: a secret must also be found if they are inside it.
        var visible = VisibleText.Of(text ?? "");
        if (string.IsNullOrWhiteSpace(visible))
            return null;

        var hidden = Spellings();
        var safe = Without(hidden, visible);

        // Something in front of the server may have escaped its text, for HTML or as JSON, even twice; invisible characters as well.
        var plain = VisibleText.Of(Unescape(Unescape(safe)));
        if (plain != safe && Without(hidden, plain) != plain)
            return Redacted;

        return safe.Length <= length ? safe : safe[..length];
    }

    /// <summary>
    /// One pass over the text, in which everything to hide is found where it begins, and hidden where it overlaps: a user name inside a secret leaves no rest
    /// of the secret, and nothing is searched in what was already replaced.
    /// </summary>
    private static string Without(string[] hidden, string text)
    {
        var safe = new StringBuilder(text.Length);
        var end = -1;
        for (var at = 0; at < text.Length; at++)
        {
            if (LengthOfHidden(hidden, text.AsSpan(at)) is > 0 and var length)
            {
                if (at > end)
                    safe.Append(Redacted);

                end = Math.Max(end, at + length);
            }

            if (at >= end)
                safe.Append(text[at]);
        }

        return safe.ToString();
    }

    private static int LengthOfHidden(string[] hidden, ReadOnlySpan<char> text)
    {
        var longest = text.StartsWith(JsonWebTokenStart, StringComparison.Ordinal) ? LengthOfJsonWebToken(text) : 0;
        foreach (var spelling in hidden)
        {
            if (spelling.Length > longest && text.StartsWith(spelling, StringComparison.OrdinalIgnoreCase))
                longest = spelling.Length;
        }

        return longest;
    }

    private static int LengthOfJsonWebToken(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExcept(OfJsonWebTokens);
        var length = end < 0 ? text.Length : end;
        return length < MinJsonWebToken ? 0 : length;
    }

    /// <summary>Everything to hide, and the replacement, which so stays as it is.</summary>
    private string[] Spellings() =>
    [
        .. _secrets.Concat(_usernames).Concat(_secrets.SelectMany(secret => _usernames.Select(username => $"{username}:{secret}"))).SelectMany(Spellings).Append(Redacted)
            .Where(spelling => spelling.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase),
    ];

    private static string[] Spellings(string text)
    {
        var escaped = Uri.EscapeDataString(text);
        return
        [
            text,
            VisibleText.Of(text),
            escaped,
            escaped.Replace("%20", "+", StringComparison.Ordinal),
            WebUtility.UrlEncode(text),

            // A form that escapes other characters than .NET, after they have been unescaped.
            text.Replace(' ', '+'),
            Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('='),
        ];
    }

    // There are no repetitions in the expression, so it needs no time limit; one could end while the machine is suspended.
    private static string Unescape(string text) => WebUtility.HtmlDecode(Uri.UnescapeDataString(Regex.Replace(
        text,
        @"\\(u(?<code>[0-9a-fA-F]{4})|(?<sign>[""\\/]))",
        match => match.Groups["sign"] is { Success: true, Value: var sign } ? sign : $"{(char)Convert.ToInt32(match.Groups["code"].Value, 16)}",
        RegexOptions.ExplicitCapture,
        Regex.InfiniteMatchTimeout)));
}
