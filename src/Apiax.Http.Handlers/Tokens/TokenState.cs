namespace Apiax.Http.Handlers;

/// <summary>
/// All that one account knows, as an immutable value: what to do now is a question to it, what happened makes another one of it.
/// No I/O, no lock, no clock: the time is always an argument.
/// </summary>
internal sealed record TokenState
{
    private static readonly TimeSpan FirstReplacementPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestReplacementPause = TimeSpan.FromMinutes(5);

    private TokenState()
    {
    }

    /// <summary>Nothing is known yet.</summary>
    public static TokenState Cold { get; } = new();

    /// <summary>The newest tokens that were had, expired or not.</summary>
    public TokenSet? Tokens { get; private init; }

    /// <summary>When they came.</summary>
    public DateTimeOffset? RenewedOn { get; private init; }

    /// <summary>Whether a token request is under way.</summary>
    public bool IsInFlight { get; private init; }

    /// <summary>Whether the API rejected the current token.</summary>
    private bool IsRejected { get; init; }

    /// <summary>How many tokens in a row were fetched because the one before was rejected.</summary>
    private int Replacements { get; init; }

    /// <summary>No replacement while it is on: an API that rejects every token must not become a load on the login server.</summary>
    private Pause ReplacementPause { get; init; }

    /// <summary>Why and until when no password is sent.</summary>
    public CoolDown? CoolDown { get; private init; }

    /// <summary>Why and until when no token request is sent.</summary>
    public Outage? Outage { get; private init; }

    /// <summary>Whether settings were read after the last flight started: its verdict on the credentials may be out of date.</summary>
    private bool HasNewSettings { get; init; }

    /// <summary>The credentials that last got a token.</summary>
    private CredentialsFingerprint? WorkingCredentials { get; init; }

    /// <summary>Whether the tokens were given up, and none has been asked for since.</summary>
    private bool IsSignedOut { get; init; }

    /// <summary>What a caller does who needs a token.</summary>
    public TokenDecision Decide(DateTimeOffset now)
    {
        if (!HasTokenAt(now))
            return DecideToFetch(now);

        return now < Tokens!.AccessToken.RefreshOn || IsInFlight || IsResting(now) ? TokenDecision.Use : TokenDecision.UseAndRefresh;
    }

    /// <summary>What a caller does whose token the API rejected.</summary>
    public TokenDecision DecideReplacement(ApiaxAccessToken rejected, DateTimeOffset now)
    {
        // A 401 to a token that was revoked with its session is no wish for another session.
        if (!HasTokenAt(now))
            return IsSignedOut ? TokenDecision.Keep : DecideToFetch(now);
        if (!IsCurrent(rejected))
            return TokenDecision.Use;

        return !IsInFlight && ReplacementPause.Covers(now) ? TokenDecision.Keep : DecideToFetch(now);
    }

    /// <summary>The API rejected a token; it counts only if it is still the current one.</summary>
    public TokenState Rejected(ApiaxAccessToken token) => IsCurrent(token) ? this with { IsRejected = true } : this;

    /// <summary>A token request goes out.</summary>
    public TokenState FlightStarted() => this with { IsInFlight = true, HasNewSettings = false };

    /// <summary>The token request under way came to its end.</summary>
    public TokenState Landed(FlightResult flight, DateTimeOffset now) => flight.Failure is { } failure
        ? Failed(flight, failure, now) with { IsInFlight = false }
        : Unrationed(flight, Renewed(flight, now)) with { IsInFlight = false };

    /// <summary>The settings were read again: the next caller finds out whether the credentials are others.</summary>
    public TokenState SettingsRead() => this with { HasNewSettings = true };

    /// <summary>The session is being closed, and its tokens with it.</summary>
    public TokenState SignedOut() => this with { Tokens = null, IsRejected = false, IsSignedOut = true };

    /// <summary>
    /// Whether calls fail until a pause is over, or wait for the attempt after it, which may take as long as the failure did. Unlike for a caller, a look at
    /// the credentials in the meantime makes no difference.
    /// </summary>
    public bool IsFailingAt(DateTimeOffset now) => !HasTokenAt(now) && (
        (IsInFlight && (Outage is not null || CoolDown is not null)) ||
        Outage?.Pause.Covers(now) == true ||
        (CoolDown?.Pause.Covers(now) == true && !HasNewSettings));

    /// <summary>Whether these credentials are those that last got a token.</summary>
    public bool HaveWorked(CredentialsFingerprint credentials) => credentials == WorkingCredentials;

    /// <summary>Whether there is no token that the API takes: somebody may be waiting.</summary>
    public bool NeedsTokenAt(DateTimeOffset now) => !HasTokenAt(now) || IsRejected;

    /// <summary>Why there is no token, as an exception of its own for each caller; nothing when the last flight brought one.</summary>
    public ApiaxAuthException? FailureAt(DateTimeOffset now)
    {
        // An outage is the newer of the two: a verdict ends it.
        var (failure, pause) = Outage is null ? (CoolDown?.Failure, CoolDown?.Pause) : (Outage.Failure, Outage.Pause);
        return failure?.Again(pause!.Value.RemainingAt(now));
    }

    // A record's own ToString would print all of it.
    public override string ToString() => $"TokenState {{ {Tokens?.ToString() ?? "no token"}, in flight: {IsInFlight} }}";

    private TokenState Renewed(FlightResult flight, DateTimeOffset now) => this with
    {
        Tokens = flight.Tokens,
        RenewedOn = now,
        CoolDown = null,
        Outage = null,
        WorkingCredentials = flight.Credentials ?? WorkingCredentials,
        IsRejected = false,
        IsSignedOut = false,

        // A token that came to its ordinary refresh without a rejection proves that tokens work: the ration starts anew.
        Replacements = IsRejected ? Replacements + 1 : 0,
        ReplacementPause = IsRejected ? new Pause(now, Pause.Doubled(FirstReplacementPause, Replacements, LongestReplacementPause)) : default,
    };

    /// <summary>Another replica's token cost no token request, and may have been revoked with the rejected one: the next replacement need not wait.</summary>
    private TokenState Unrationed(FlightResult flight, TokenState renewed) =>
        flight.IsAdopted && Replacements == 0 ? renewed with { Replacements = 0, ReplacementPause = default } : renewed;

    private TokenState Failed(FlightResult flight, ApiaxAuthException failure, DateTimeOffset now)
    {
        var failed = flight.RefreshRefusal is null || Tokens is null ? this : this with { Tokens = Tokens with { RefreshToken = null } };

        // The server has judged these credentials: they rest, and so does everything else.
        if (flight.Credentials is { } sent && failure.IsVerdict)
            return failed with { Outage = null, CoolDown = CoolDown.After(CoolDown, failure, sent, HaveWorked(sent), now, flight.SharedCoolDown) };

        // The credentials are still the rejected ones, or could not be had: the cool-down goes on.
        if (flight.Credentials is null && CoolDown?.Pause.Covers(now) == true)
            return failed with { Outage = null, CoolDown = CoolDown.Asked(now) };

        var passwordSent = flight.Credentials is not null;
        return failed with
        {
            Outage = HasTokenAt(now) && !IsRejected
                ? Outage.BehindToken(Outage, failure, Tokens!.AccessToken.ExpiresOn - now, passwordSent, now)
                : Outage.WithoutToken(Outage, failure, passwordSent, now),
        };
    }

    private TokenDecision DecideToFetch(DateTimeOffset now) =>
        IsInFlight ? TokenDecision.Join : IsResting(now) ? TokenDecision.Fail : TokenDecision.Fetch;

    private bool IsResting(DateTimeOffset now) => Outage?.Pause.Covers(now) == true || (CoolDown?.Holds(now) == true && !HasNewSettings);

    private bool HasTokenAt(DateTimeOffset now) => now < Tokens?.AccessToken.ExpiresOn;

    // By its text: an answer that repeats the rejected token with other times is no replacement for it.
    private bool IsCurrent(ApiaxAccessToken token) => Tokens?.AccessToken.Value == token.Value;
}
