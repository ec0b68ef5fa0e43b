using System.Net.Http.Headers;

namespace Apiax.Http.Handlers;

/// <summary>
/// Reads the <c>Bearer</c> challenges of a response (<see href="https://www.rfc-editor.org/rfc/rfc6750#section-3">RFC 6750 §3</see>,
/// <see href="https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1">RFC 9110 §11.6.1</see>).
/// </summary>
/// <remarks>
/// .NET does not parse a header at all if a part of it is malformed. So the text is parsed here, and challenges before a malformed
/// part still count.
/// </remarks>
internal static class BearerChallenges
{
    /// <summary>Whether the token is valid but its permissions are insufficient: another token would not help.</summary>
    public static bool HasInsufficientScope(HttpResponseHeaders headers)
    {
        if (!headers.NonValidated.TryGetValues("WWW-Authenticate", out var lines))
            return false;

        foreach (var line in lines)
        {
            if (HasInsufficientScope(line))
                return true;
        }

        return false;
    }

    /// <summary>Each element of the list is a parameter of the previous challenge, or begins a new challenge: <c>scheme</c>, or <c>scheme parameter</c>.</summary>
    internal static bool HasInsufficientScope(ReadOnlySpan<char> line)
    {
        var isBearer = false;
        while (true)
        {
            line = line.TrimStart(" \t,");
            if (line.IsEmpty)
                return false;

            var name = ReadToken(ref line);
            var afterName = line.TrimStart();
            if (!afterName.StartsWith("="))
            {
                isBearer = name.Equals("Bearer", StringComparison.OrdinalIgnoreCase);
                if (name.IsEmpty)
                    line = line[1..];
                continue;
            }

            line = afterName[1..].TrimStart();
            var isValue = IsInsufficientScope(ref line);
            if (isBearer && isValue && name.Equals("error", StringComparison.OrdinalIgnoreCase))
                return true;
        }
    }

    private static bool IsInsufficientScope(ref ReadOnlySpan<char> line)
    {
        const string Value = "insufficient_scope";
        if (!line.StartsWith("\""))
            return ReadToken(ref line).SequenceEqual(Value);

        // A quoted pair means its second character; an unterminated text ends with the line.
        var (at, matched, isEqual) = (1, 0, true);
        for (; at < line.Length && line[at] != '"'; at++)
        {
            if (line[at] is '\\' && at + 1 < line.Length)
                at++;
            isEqual &= matched < Value.Length && line[at] == Value[matched];
            matched++;
        }

        var isTerminated = at < line.Length;
        line = isTerminated ? line[(at + 1)..] : [];
        return isTerminated && isEqual && matched == Value.Length;
    }

    private static ReadOnlySpan<char> ReadToken(ref ReadOnlySpan<char> line)
    {
        var end = line.IndexOfAny(" \t,=\"");
        var token = end < 0 ? line : line[..end];
        line = line[token.Length..];
        return token;
    }
}
