using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>The tokens of one account after a token answer.</summary>
/// <param name="AccessToken">The token for the API.</param>
/// <param name="RefreshToken">The token for the next refresh, if the server issued one and has not refused it.</param>
/// <param name="RefreshTokenExpiresOn">When a refresh becomes useless: an estimate, since the server decides.</param>
/// <param name="LoggedInOn">When the password was last used: Apiax counts the refresh token's 14 days from there.</param>
[DebuggerDisplay("{ToString(),nq}")]
internal sealed record TokenSet(
    ApiaxAccessToken AccessToken,
    [property: DebuggerBrowsable(DebuggerBrowsableState.Never)] string? RefreshToken,
    DateTimeOffset RefreshTokenExpiresOn,
    DateTimeOffset LoggedInOn)
{
    /// <summary>The refresh token's lifetime as the server declared it; null if it did not.</summary>
    public TimeSpan? RefreshTokenLife { get; init; }

    /// <summary>Whether the session ends with the refresh token: a refresh does not extend it.</summary>
    public bool IsSessionEnding { get; init; }

    /// <summary>How long the access token is valid, limited to the declared lifetime of its refresh token while that can be used.</summary>
    public TimeSpan RemainingAt(DateTimeOffset now)
    {
        var remaining = AccessToken.ExpiresOn - now;
        return RefreshTokenLife is not null && CanRefreshAt(now) ? remaining.AtMost(RefreshTokenExpiresOn - now) : remaining;
    }

    public bool CanRefreshAt(DateTimeOffset now) => RefreshToken is not null && now < RefreshTokenExpiresOn;

    public TokenSet WithoutRefreshToken() => this with { RefreshToken = null };

    // A record's generated ToString would print the secrets.
    public override string ToString() => $"TokenSet {{ {AccessToken} }}";
}
