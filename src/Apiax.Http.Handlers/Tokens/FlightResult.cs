using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>The result of a flight: a <see cref="TokenSet"/>, or the reason why there is none.</summary>
internal sealed record FlightResult
{
    private FlightResult()
    {
    }

    /// <summary>The new tokens; null if the flight failed.</summary>
    public TokenSet? Tokens { get; private init; }

    /// <summary>The tokens of the session that a login replaces; null if there is none.</summary>
    public TokenSet? Superseded { get; init; }

    /// <summary>Why there are no new tokens; null if there are.</summary>
    public ApiaxAuthException? Failure { get; private init; }

    /// <summary>The credentials that were sent; null if none were.</summary>
    public CredentialsFingerprint? Credentials { get; private init; }

    /// <summary>How long the credentials are not sent, as all replicas or accounts of the user know; null if only this flight knows.</summary>
    public TimeSpan? SharedCoolDown { get; private init; }

    /// <summary>How long the credentials that this flight sent are not sent again; null if they may be sent.</summary>
    public TimeSpan? PasswordPause { get; init; }

    /// <summary>Whether the credentials were rejected once and there was no time for a second try: it is due after the pause.</summary>
    public bool IsSecondTryDue { get; init; }

    /// <summary>Whether the server has read none of the flight's forms, except a refresh token that it refused: the cause may be this process's own.</summary>
    public bool IsUnread { get; init; }

    /// <summary>Whether the server has certainly judged none of the flight's passwords: they were not sent, or it was busy.</summary>
    public bool IsPasswordUnjudged { get; init; }

    /// <summary>Whether the refresh was sent, but neither granted nor refused.</summary>
    public bool IsRefreshStalled { get; init; }

    /// <summary>Whether the refresh got no answer, or one that was caused by load.</summary>
    public bool IsRefreshUnanswered { get; init; }

    /// <summary>Whether the server refuses the refresh grant, for this client or for all.</summary>
    public bool IsRefreshGrantRefused { get; init; }

    /// <summary>Whether the server turned out, in this flight, to reject <c>client_assertion_type</c>.</summary>
    public bool LeavesOutAssertionType { get; init; }

    /// <summary>Whether the login's failure has already been logged; no password was sent.</summary>
    public bool IsRepeated { get; init; }

    /// <summary>Whether the tokens come from another replica.</summary>
    public bool IsAdopted { get; private init; }

    /// <summary>How long another replica was silent, if this flight took over its turn.</summary>
    private TimeSpan? Silence { get; init; }

    /// <summary>Whether another replica may have a token sooner than this one.</summary>
    public bool IsShared { get; init; }

    /// <summary>Whether the flight only looked for a token of another replica, and found none.</summary>
    public bool IsLook { get; private init; }

    /// <summary>Whether there is nothing to log: the current token stays in use, and the reason has already been logged.</summary>
    public bool IsPostponed { get; private init; }

    /// <summary>The error if the refresh token was refused, for the log: without one, it may come from something in front of the server.</summary>
    public string? RefreshRefusal { get; init; }

    /// <summary>Whether the flight used its refresh token; after a failure, <see cref="RefreshTokenUse.Used"/> means that the server refused it.</summary>
    public RefreshTokenUse RefreshTokenUse { get; init; }

    /// <summary>Why the login failed, if a refresh after it succeeded.</summary>
    public ApiaxAuthException? LoginFailure { get; private init; }

    /// <summary>Why the login failed, or else the flight; null if neither did.</summary>
    public ApiaxAuthException? Cause => LoginFailure ?? Failure;

    /// <summary>Whether the tokens are of a new session.</summary>
    public bool IsLogin => Tokens is not null && Credentials is not null && LoginFailure is null;

    public static FlightResult Refreshed(TokenSet tokens) => new() { Tokens = tokens };

    /// <summary>The session is about to end and the login failed: the refreshed old session is used for now.</summary>
    public FlightResult AfterLogin(FlightResult failed) => this with
    {
        Credentials = failed.Credentials,
        LoginFailure = failed.Cause,
        PasswordPause = failed.PasswordPause,
        SharedCoolDown = failed.SharedCoolDown,
        IsSecondTryDue = failed.IsSecondTryDue,
        IsRepeated = failed.IsRepeated,
    };

    public static FlightResult LoggedIn(TokenSet tokens, CredentialsFingerprint credentials) => new() { Tokens = tokens, Credentials = credentials };

    public static FlightResult Failed(ApiaxAuthException failure, CredentialsFingerprint? credentials = null) => new() { Failure = failure, Credentials = credentials };

    public static FlightResult Adopted(TokenSet tokens) => new() { Tokens = tokens, IsAdopted = true };

    /// <param name="reason">Why this process does not send a token request.</param>
    public static FlightResult NothingFound(ApiaxAuthException reason) => new() { Failure = reason, IsPostponed = true, IsLook = true };

    public static FlightResult Postponed(ApiaxAuthException reason) => new() { Failure = reason, IsPostponed = true };

    /// <summary>The same tokens with other times, or without the shared refresh token.</summary>
    public FlightResult With(TokenSet tokens) => this with { Tokens = tokens };

    public FlightResult InsteadOfAnother(TimeSpan silence) => this with { Silence = silence };

    public FlightResult With(TimeSpan sharedCoolDown) => this with { SharedCoolDown = sharedCoolDown };

    /// <param name="logger">The logger.</param>
    /// <param name="retryAfter">How long no other token request is sent.</param>
    /// <param name="outage">How long token requests had failed before, if they had.</param>
    public void Log(ILogger logger, TimeSpan retryAfter = default, TimeSpan? outage = null)
    {
        if (IsPostponed)
            return;

        if (Silence is { } silence)
            logger.TakenOver(silence.WholeSeconds());
        if (RefreshRefusal is not null)
            logger.RefreshRefused(RefreshRefusal);
        if (LeavesOutAssertionType)
            logger.AssertionTypeLeftOut();

        if ((!IsRepeated ? Cause : LoginFailure is null ? null : Failure) is { } failure)
            logger.NoToken(failure.IsVerdict ? LogLevel.Error : LogLevel.Warning, failure.Reason, failure.Message, retryAfter.WholeSeconds(), failure.InnerException);
        if (Failure is not null)
            return;

        if (IsAdopted)
            logger.Adopted(Tokens!.AccessToken.ExpiresOn);
        else if (IsLogin)
            logger.SignedIn(Tokens!.AccessToken.ExpiresOn);
        else
            logger.Refreshed(Tokens!.AccessToken.ExpiresOn);

        if (outage is { } length)
            logger.OutageEnded(length.WholeSeconds());
    }

    public override string ToString() => Failure is null ? "FlightResult { tokens }" : $"FlightResult {{ {Failure.Reason} }}";
}
