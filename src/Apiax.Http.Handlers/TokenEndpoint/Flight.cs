namespace Apiax.Http.Handlers;

/// <summary>What a flight has sent and learned so far.</summary>
/// <param name="options">The settings at its start.</param>
/// <param name="plan">What the flight may use.</param>
/// <param name="deadline">When its time is over.</param>
internal sealed class Flight(ApiaxAuthOptions options, FlightPlan plan, DateTimeOffset deadline)
{
    public ApiaxAuthOptions Options { get; } = options;

    public FlightPlan Plan { get; } = plan;

    public DateTimeOffset Deadline { get; } = deadline;

    /// <summary>Whether the refresh token expires soon: there is then no pause before it is used.</summary>
    public bool IsSessionEnding { get; set; }

    /// <summary>The credentials that were sent last.</summary>
    public CredentialsFingerprint? Credentials { get; set; }

    /// <summary>Whether a password was read by the server.</summary>
    public bool IsPasswordRead { get; set; }

    /// <summary>The server's error to the refresh token.</summary>
    public string? RefreshRefusal { get; set; }

    /// <summary>The outcome of the refresh.</summary>
    public TokenOutcome? Refresh { get; set; }

    /// <summary>The server's error, if it certainly refused the refresh token.</summary>
    public string? RefusalOfToken => Refresh?.Meaning is AnswerMeaning.Refused ? RefreshRefusal : null;

    /// <summary>The old session's refresh token, unless the server has refused it.</summary>
    public string? OldSession => Refresh is not { Meaning: AnswerMeaning.Refused } ? Plan.Last?.RefreshToken : null;

    public FlightResult Refreshed(TokenSet tokens) => FlightResult.Refreshed(tokens) with
    {
        RefreshTokenUse = RefreshTokenUse.Used,
        LeavesOutAssertionType = Refresh!.LeavesOutAssertionType,
    };

    public FlightResult LoggedIn(TokenSet tokens) => WithRefresh(FlightResult.LoggedIn(tokens, Credentials!, RefreshRefusal));

    /// <summary>A refusal without a reason may come from something in front of the server: the refresh token is kept.</summary>
    public FlightResult Failed(ApiaxAuthException failure) => WithRefresh(FlightResult.Failed(failure, Credentials, RefusalOfToken)) with
    {
        IsUnread = !IsPasswordRead && Refresh is null or { Meaning: AnswerMeaning.Refused } or { WasRead: false },
    };

    /// <summary>The password is not sent: another account, or an earlier flight of this account, has the server's answer.</summary>
    public FlightResult Withheld(RejectedPassword rejected, CredentialsFingerprint password, DateTimeOffset now)
    {
        Credentials ??= password;
        return Failed(rejected.Failure).With(rejected.Pause.RemainingAt(now), rejected.Rejections) with
        {
            IsRepeated = ReferenceEquals(rejected.Failure, Plan.CoolDown?.Failure),
            IsUnread = false,
        };
    }

    private FlightResult WithRefresh(FlightResult result) => result with
    {
        RefreshTokenUse = Refresh?.RefreshTokenUse ?? RefreshTokenUse.Unused,
        IsRefreshStalled = Refresh?.IsStalled == true,
        IsRefreshUnanswered = Refresh?.IsAnswered == false,
        IsRefreshGrantRefused = Refresh?.Failure?.Error is "unauthorized_client" or "unsupported_grant_type",
    };
}
