using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>What a token flight brought home: a <see cref="TokenSet"/>, or the reason why there is none.</summary>
internal sealed record FlightResult
{
    private FlightResult()
    {
    }

    /// <summary>The new tokens; nothing when the flight failed.</summary>
    public TokenSet? Tokens { get; private init; }

    /// <summary>Why there are no new tokens; nothing when there are.</summary>
    public ApiaxAuthException? Failure { get; private init; }

    /// <summary>The credentials that were sent; nothing when none were.</summary>
    public CredentialsFingerprint? Credentials { get; private init; }

    /// <summary>How long the credentials back off by the word of others (another replica, another account of the same user); nothing when this flight found it out.</summary>
    public TimeSpan? SharedCoolDown { get; private init; }

    /// <summary>How many rejections in a row there were by the word of the same others.</summary>
    public int? SharedRejections { get; private init; }

    /// <summary>How long the credentials that this flight sent are not sent again; nothing when they may be.</summary>
    public TimeSpan? PasswordPause { get; init; }

    /// <summary>Whether they were rejected once, and there was no time left for their second try: it is due after the pause.</summary>
    public bool IsSecondTryDue { get; init; }

    /// <summary>Whether the server answered the refresh token, and neither granted nor refused it.</summary>
    public bool IsRefreshStalled { get; init; }

    /// <summary>Whether the server was found, in this flight, to want no <c>client_assertion_type</c>.</summary>
    public bool LeavesOutAssertionType { get; init; }

    /// <summary>Whether it is the failure that has been logged already: nothing was sent.</summary>
    public bool IsRepeated { get; init; }

    /// <summary>Whether the tokens are another replica's work.</summary>
    public bool IsAdopted { get; private init; }

    /// <summary>How long another replica was silent, if this flight was made in its place.</summary>
    private TimeSpan? Silence { get; init; }

    /// <summary>Whether there is nothing to log: the token in hand serves on, and whoever found out why has logged it.</summary>
    public bool IsPostponed { get; private init; }

    /// <summary>The server's error to the refresh token, if it refused it on the way.</summary>
    public string? RefreshRefusal { get; private init; }

    /// <summary>What became of the refresh token that the flight was given.</summary>
    public RefreshTokenFate RefreshTokenFate { get; init; }

    /// <summary>Why the password brought none, although the tokens came by a refresh after it.</summary>
    public ApiaxAuthException? LoginFailure { get; private init; }

    public static FlightResult Refreshed(TokenSet tokens) => new() { Tokens = tokens };

    /// <summary>The session comes to its end, and the password brought no other: what is left of it does for now.</summary>
    public FlightResult AfterLogin(FlightResult failed) => this with
    {
        Credentials = failed.Credentials,
        LoginFailure = failed.Failure,
        PasswordPause = failed.PasswordPause,
        SharedCoolDown = failed.SharedCoolDown,
        SharedRejections = failed.SharedRejections,
        IsSecondTryDue = failed.IsSecondTryDue,
    };

    public static FlightResult LoggedIn(TokenSet tokens, CredentialsFingerprint credentials, string? refreshRefusal = null) =>
        new() { Tokens = tokens, Credentials = credentials, RefreshRefusal = refreshRefusal };

    public static FlightResult Failed(ApiaxAuthException failure, CredentialsFingerprint? credentials = null, string? refreshRefusal = null) =>
        new() { Failure = failure, Credentials = credentials, RefreshRefusal = refreshRefusal };

    public static FlightResult Adopted(TokenSet tokens) => new() { Tokens = tokens, IsAdopted = true };

    public static FlightResult Postponed(ApiaxAuthException reason) => new() { Failure = reason, IsPostponed = true };

    /// <summary>The same tokens with other times, or without the refresh token that is everybody's.</summary>
    public FlightResult With(TokenSet tokens) => this with { Tokens = tokens };

    public FlightResult InsteadOfAnother(TimeSpan silence) => this with { Silence = silence };

    public FlightResult After(string? refreshRefusal) => this with { RefreshRefusal = refreshRefusal };

    public FlightResult With(TimeSpan sharedCoolDown, int rejections) => this with { SharedCoolDown = sharedCoolDown, SharedRejections = rejections };

    /// <summary>Whether it is logged: a failure that has been logged before is not.</summary>
    public bool IsLogged => !IsPostponed && !IsRepeated;

    /// <param name="logger">Where to.</param>
    /// <param name="retryAfter">How long no other token request is sent.</param>
    /// <param name="outage">How long token requests had failed before, if they had.</param>
    public void Log(ILogger logger, TimeSpan retryAfter = default, TimeSpan? outage = null)
    {
        if (!IsLogged)
            return;

        if (Silence is { } silence)
            logger.TakenOver(silence.WholeSeconds());
        if (RefreshRefusal is not null)
            logger.RefreshRefused(RefreshRefusal);
        if (LeavesOutAssertionType)
            logger.AssertionTypeLeftOut();

        if ((LoginFailure ?? Failure) is { } failure)
            logger.NoToken(failure.IsVerdict ? LogLevel.Error : LogLevel.Warning, failure.Reason, failure.Message, retryAfter.WholeSeconds(), failure.InnerException);
        if (Failure is not null)
            return;

        if (IsAdopted)
            logger.Adopted(Tokens!.AccessToken.ExpiresOn);
        else if (Credentials is null || LoginFailure is not null)
            logger.Refreshed(Tokens!.AccessToken.ExpiresOn);
        else
            logger.SignedIn(Tokens!.AccessToken.ExpiresOn);

        if (outage is { } length)
            logger.OutageEnded(length.WholeSeconds());
    }

    public override string ToString() => Failure is null ? "FlightResult { tokens }" : $"FlightResult {{ {Failure.Reason} }}";
}
