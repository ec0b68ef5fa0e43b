namespace Apiax.Http.Handlers;

/// <summary>What a flight has sent and learned so far.</summary>
/// <param name="options">The settings at its start.</param>
/// <param name="plan">What the flight may use.</param>
/// <param name="limit">The limit of its time.</param>
internal sealed class Flight(ApiaxAuthOptions options, FlightPlan plan, TimeLimit limit)
{
    public ApiaxAuthOptions Options { get; } = options;

    public FlightPlan Plan { get; } = plan;

    public TimeLimit Limit { get; } = limit;

    /// <summary>Whether the refresh token expires soon: there is then no pause before it is used.</summary>
    public bool IsSessionEnding { get; set; }

    /// <summary>The credentials that were sent last.</summary>
    public CredentialsFingerprint? Credentials { get; set; }

    /// <summary>Whether a password was read by the server.</summary>
    public bool IsPasswordRead { get; set; }

    /// <summary>Whether the server has judged a password, or may have.</summary>
    public bool IsPasswordJudged { get; set; }

    /// <summary>The outcome of the refresh.</summary>
    public TokenOutcome? Refresh { get; set; }

    /// <summary>The error to the refresh token, from the server or from something in front of it.</summary>
    public string? RefreshRefusal => Refresh is { IsRefusal: true } ? Refresh.Failure!.Error ?? "no error code" : null;

    /// <summary>The tokens of the old session, unless the server has refused its refresh token.</summary>
    public TokenSet? OldSession => Refresh?.RefreshTokenUse is RefreshTokenUse.Used ? null : Plan.Last;

    public FlightResult Refreshed(TokenSet tokens) => FlightResult.Refreshed(tokens) with
    {
        RefreshTokenUse = RefreshTokenUse.Used,
        LeavesOutAssertionType = Refresh!.LeavesOutAssertionType,
    };

    public FlightResult LoggedIn(TokenSet tokens) => AfterRefresh(FlightResult.LoggedIn(tokens, Credentials!));

    public FlightResult Failed(ApiaxAuthException failure) => AfterRefresh(FlightResult.Failed(failure, Credentials) with { IsUnread = !IsPasswordRead });

    /// <summary>A result with what the refresh did, before the login or after it.</summary>
    public FlightResult AfterRefresh(FlightResult result) => result with
    {
        RefreshRefusal = RefreshRefusal,
        IsUnread = result.IsUnread && Refresh is null or { Meaning: AnswerMeaning.Refused } or { WasRead: false },
        IsPasswordUnjudged = !IsPasswordJudged,
        RefreshTokenUse = Refresh?.RefreshTokenUse ?? RefreshTokenUse.Unused,
        IsRefreshStalled = Refresh?.IsStalled == true,
        IsRefreshUnanswered = Refresh?.IsAnswered == false,
        IsRefreshGrantRefused = Refresh?.IsGrantRefused == true,
    };

    /// <summary>The password is not sent: another account, or an earlier flight of this account, has the server's answer.</summary>
    public FlightResult Withheld(RejectedPassword rejected, CredentialsFingerprint password, DateTimeOffset now)
    {
        Credentials = password;
        return Failed(rejected.Failure).With(rejected.Pause.RemainingAt(now)) with
        {
            IsRepeated = ReferenceEquals(rejected.Failure, Plan.CoolDown?.Failure),
        };
    }
}
