using System.Text.Json;

namespace Apiax.Http.Handlers;

/// <summary>
/// How long a token lives. Apiax's page calls <c>expires_in</c> a timestamp and gives its default in seconds, and writes <c>expires_at</c>
/// in the refresh answer; real servers send seconds. So a value is taken for what its size says, whichever member it stands in.
/// </summary>
internal static class TokenLifetime
{
    private const double LeastEpochMilliseconds = 1e11;
    private const double LeastEpochSeconds = 1e9;

    // Shorter ones would make a loop of token requests, longer ones would outlive any sensible policy.
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    /// <param name="answer">The token answer.</param>
    /// <param name="serverTime">The answer's own date where it has one, so that a wrong local clock does not make every token look expired or eternal.</param>
    /// <param name="fallback">The lifetime of a token of which nobody says how long it lives.</param>
    public static TimeSpan Of(TokenResponse answer, DateTimeOffset serverTime, TimeSpan fallback)
    {
        var lifetime = Find(answer, serverTime)?.Lifetime ?? fallback;
        return lifetime.AtLeast(Shortest).AtMost(Longest);
    }

    /// <summary>What is said of the lifetime, and where: in a member of the answer, or in the token's own claim <c>exp</c>. Nothing when nobody says it.</summary>
    public static (TimeSpan Lifetime, string Member)? Find(TokenResponse answer, DateTimeOffset serverTime)
    {
        if (Read(answer.ExpiresIn, serverTime) is { } relative)
            return (relative, "expires_in");
        if (Read(answer.ExpiresAt, serverTime) is { } absolute)
            return (absolute, "expires_at");

        return ReadJwt(answer.AccessToken) is { } own ? (own, "exp") : null;
    }

    /// <summary>The refresh token's lifetime where the server declares one: 0 beside a refresh token means that it does not.</summary>
    public static TimeSpan? OfRefreshToken(TokenResponse answer, DateTimeOffset serverTime) => Read(answer.RefreshExpiresIn, serverTime);

    /// <summary>When to refresh: ahead of expiry, never in the first 70 % of the life, and not at the same instant as every other process.</summary>
    public static DateTimeOffset RefreshOn(DateTimeOffset expiresOn, TimeSpan lifetime, TimeSpan refreshAhead, double jitter)
    {
        var ahead = refreshAhead.AtMost(lifetime / 5);
        return expiresOn - ahead - (lifetime / 10 * jitter);
    }

    private static TimeSpan? Read(double? value, DateTimeOffset serverTime)
    {
        if (value is not { } number)
            return null;

        var seconds = number switch
        {
            >= LeastEpochMilliseconds => (number / 1000) - ToEpochSeconds(serverTime),
            >= LeastEpochSeconds => number - ToEpochSeconds(serverTime),
            _ => number,
        };

        // NaN, infinity, zero and below are no lifetimes. A year is as good as any longer time, and fits.
        return seconds > 0 && double.IsFinite(seconds) ? TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.FromDays(365).TotalSeconds)) : null;
    }

    /// <summary>The lifetime that a JWT states itself, unverified: a client needs only a guess when to refresh.</summary>
    private static TimeSpan? ReadJwt(string? token)
    {
        // Four pieces at most: a megabyte of dots would cost many more in pieces.
        var parts = token?.Split('.', 4);
        if (parts is not { Length: 3 })
            return null;

        try
        {
            using var payload = JsonDocument.Parse(DecodeBase64Url(parts[1]));
            return payload.RootElement is { ValueKind: JsonValueKind.Object } claims && Seconds(claims, "exp") is { } exp && Seconds(claims, "iat") is { } iat && exp > iat
                ? TimeSpan.FromSeconds(Math.Min(exp - iat, Longest.TotalSeconds))
                : null;
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException)
        {
            // Not a JWT after all: most tokens are opaque. (A claim that is no number, or whose name has half a surrogate pair, is an InvalidOperationException.)
            return null;
        }
    }

    private static double? Seconds(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var claim) ? claim.GetDouble() : null;

    private static byte[] DecodeBase64Url(string text)
    {
        var base64 = text.Replace('-', '+').Replace('_', '/');
        return Convert.FromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '='));
    }

    private static double ToEpochSeconds(DateTimeOffset instant) => instant.ToUnixTimeMilliseconds() / 1000.0;
}
