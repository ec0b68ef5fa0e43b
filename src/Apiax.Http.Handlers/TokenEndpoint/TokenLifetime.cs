using System.Text.Json;

namespace Apiax.Http.Handlers;

/// <summary>
/// How long a token is valid. Apiax's documentation calls <c>expires_in</c> a timestamp but states its default in seconds, and has <c>expires_at</c>
/// in the refresh answer; real servers send seconds. So the size of a value decides whether it is a duration or a time, in either member.
/// </summary>
internal static class TokenLifetime
{
    private const double MinEpochMilliseconds = 1e11;
    private const double MinEpochSeconds = 1e9;

    // Shorter lifetimes would cause a loop of token requests; longer ones exceed any sensible policy.
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    // Refreshing before the end of a shorter one would be a loop of token requests: it is allowed to expire.
    private static readonly TimeSpan MinRefreshTokenLife = TimeSpan.FromSeconds(5);

    /// <param name="answer">The token answer.</param>
    /// <param name="serverTime">The answer's own date if it has one, so that with a wrong local clock tokens do not seem expired or valid for too long.</param>
    /// <param name="fallback">The lifetime if none is declared, not even 0.</param>
    public static TimeSpan Of(TokenJson answer, DateTimeOffset serverTime, TimeSpan fallback)
    {
        var lifetime = Find(answer, serverTime)?.Lifetime ?? (answer.ExpiresIn is 0 || answer.ExpiresAt is 0 ? Shortest : fallback);
        return lifetime.AtLeast(Shortest).AtMost(Longest);
    }

    /// <summary>The declared lifetime, and where it is: in a member of the answer, or in the token's own claim <c>exp</c>. Null if none is declared.</summary>
    public static (TimeSpan Lifetime, string Member)? Find(TokenJson answer, DateTimeOffset serverTime)
    {
        if (Read(answer.ExpiresIn, serverTime) is { } relative)
            return (relative, "expires_in");
        if (Read(answer.ExpiresAt, serverTime) is { } absolute)
            return (absolute, "expires_at");

        return ReadJwt(answer.AccessToken) is { } own ? (own, "exp") : null;
    }

    /// <summary>The refresh token's lifetime if the server declares one: 0 means that it does not.</summary>
    public static TimeSpan? OfRefreshToken(TokenJson answer, DateTimeOffset serverTime) => Read(answer.RefreshExpiresIn, serverTime);

    /// <summary>How much of a declared lifetime counts: servers cut it to whole seconds, and a token may expire up to a second early.</summary>
    public static TimeSpan Counted(TimeSpan declared) => (declared - Second).AtLeast(declared / 2);

    /// <summary>When to refresh: before both tokens expire, never in the first 70 % of the shorter lifetime, and not at the same time as other processes.</summary>
    /// <param name="start">The start of the lifetimes.</param>
    /// <param name="lifetime">The access token's lifetime.</param>
    /// <param name="refreshTokenLife">The refresh token's lifetime, if the server declares one.</param>
    /// <param name="refreshAhead">How long before its expiry the access token is refreshed, if its lifetime is long enough.</param>
    /// <param name="jitter">0 to 1, random, chosen once for each token.</param>
    public static DateTimeOffset RefreshOn(DateTimeOffset start, TimeSpan lifetime, TimeSpan? refreshTokenLife, TimeSpan refreshAhead, double jitter)
    {
        var due = lifetime - refreshAhead.AtMost(lifetime / 5);
        if (refreshTokenLife is not { } life || life < MinRefreshTokenLife)
            return start + due - (lifetime / 10 * jitter);

        return start + due.AtMost(life / 5 * 4) - (life.AtMost(lifetime) / 10 * jitter);
    }

    /// <summary>
    /// Whether the session is about to end (Keycloak's <c>SSO session max</c>): the refresh token's lifetime is shorter than the previous one's, and not longer than its
    /// access token's. A realm whose idle time equals the access token's lifetime declares the same each time, within a second.
    /// </summary>
    /// <param name="lifetime">The access token's declared lifetime.</param>
    /// <param name="refreshTokenLife">The refresh token's declared lifetime, if any.</param>
    /// <param name="lifeBefore">That of the previous refresh token.</param>
    public static bool IsSessionEnding(TimeSpan lifetime, TimeSpan? refreshTokenLife, TimeSpan? lifeBefore) =>
        refreshTokenLife is { } life && lifeBefore - life >= 2 * Second && life <= lifetime;

    private static TimeSpan? Read(double? value, DateTimeOffset serverTime)
    {
        if (value is not { } number)
            return null;

        var seconds = number switch
        {
            >= MinEpochMilliseconds => (number / 1000) - ToEpochSeconds(serverTime),
            >= MinEpochSeconds => number - ToEpochSeconds(serverTime),
            _ => number,
        };

        // NaN, infinity, zero and negative values are no lifetimes. Longer times count as a year, which does not overflow.
        return seconds > 0 && double.IsFinite(seconds) ? TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.FromDays(365).TotalSeconds)) : null;
    }

    /// <summary>The lifetime that a JWT itself states, unverified: a client only needs an estimate of when to refresh.</summary>
    private static TimeSpan? ReadJwt(string? token)
    {
        // At most four parts: a megabyte of dots would create very many.
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
