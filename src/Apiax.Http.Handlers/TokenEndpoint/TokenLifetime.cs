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

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    // To refresh before the end of a shorter one would be a loop of token requests: it is left to end.
    private static readonly TimeSpan LeastRefreshTokenLife = TimeSpan.FromSeconds(5);

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

    /// <summary>What a declared lifetime counts for: servers cut it to whole seconds, and may end a token up to a second before its time.</summary>
    public static TimeSpan Counted(TimeSpan declared) => (declared - Second).AtLeast(declared / 2);

    /// <summary>When to refresh: ahead of the end of both tokens, never in the first 70 % of the shorter life, and not at the same instant as every other process.</summary>
    /// <param name="start">From when on the lives count.</param>
    /// <param name="lifetime">The access token's life.</param>
    /// <param name="refreshTokenLife">The refresh token's life, where the server declares one.</param>
    /// <param name="refreshAhead">How long before its end the access token is refreshed, where its life is long enough for that.</param>
    /// <param name="jitter">0 to 1, drawn once for each token.</param>
    public static DateTimeOffset RefreshOn(DateTimeOffset start, TimeSpan lifetime, TimeSpan? refreshTokenLife, TimeSpan refreshAhead, double jitter)
    {
        var due = lifetime - refreshAhead.AtMost(lifetime / 5);
        if (refreshTokenLife is not { } life || life < LeastRefreshTokenLife)
            return start + due - (lifetime / 10 * jitter);

        return start + due.AtMost(life / 5 * 4) - (life.AtMost(lifetime) / 10 * jitter);
    }

    /// <summary>
    /// Whether the session comes to its end (Keycloak's <c>SSO session max</c>): the refresh token lives shorter than the one before it, and no longer than its
    /// access token. A realm whose idle time is the access token's life declares the same each time, give or take a second.
    /// </summary>
    /// <param name="lifetime">The access token's declared life.</param>
    /// <param name="refreshTokenLife">The refresh token's declared life, if any.</param>
    /// <param name="lifeBefore">That of the refresh token before it.</param>
    public static bool IsSessionEnding(TimeSpan lifetime, TimeSpan? refreshTokenLife, TimeSpan? lifeBefore) =>
        lifeBefore - refreshTokenLife >= 2 * Second && refreshTokenLife <= lifetime;

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
