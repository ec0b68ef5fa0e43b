using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>What one account holds after a token answer.</summary>
/// <param name="AccessToken">The token for the API.</param>
/// <param name="RefreshToken">The token for the next token request, while the server gave one and has not refused it.</param>
/// <param name="RefreshTokenExpiresOn">From when on a refresh is pointless: a hint, the server has the last word.</param>
/// <param name="LoggedInOn">When the password was last used: Apiax counts the refresh token's 14 days from there.</param>
[DebuggerDisplay("{ToString(),nq}")]
internal sealed record TokenSet(
    ApiaxAccessToken AccessToken,
    [property: DebuggerBrowsable(DebuggerBrowsableState.Never)] string? RefreshToken,
    DateTimeOffset RefreshTokenExpiresOn,
    DateTimeOffset LoggedInOn)
{
    /// <summary>How long the server said that the refresh token lives; nothing where it did not say.</summary>
    public TimeSpan? RefreshTokenLife { get; init; }

    /// <summary>Whether the session ends with the refresh token: another refresh brings no longer life.</summary>
    public bool IsSessionEnding { get; init; }

    /// <summary>How long there is a token, or the means to get one without a password: at the shorter of both lives that is over.</summary>
    public TimeSpan RemainingAt(DateTimeOffset now)
    {
        var remaining = AccessToken.ExpiresOn - now;
        return RefreshTokenLife is not null && CanRefreshAt(now) ? remaining.AtMost(RefreshTokenExpiresOn - now) : remaining;
    }

    public bool CanRefreshAt(DateTimeOffset now) => RefreshToken is not null && now < RefreshTokenExpiresOn;

    public TokenSet WithoutRefreshToken() => this with { RefreshToken = null };

    // A record's own ToString would print the secrets.
    public override string ToString() => $"TokenSet {{ {AccessToken} }}";
}
