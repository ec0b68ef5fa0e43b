namespace Apiax.Http.Handlers;

/// <summary>
/// All that one account knows, as an immutable value: what to do now is a question to it, what happened makes another one of it.
/// No I/O, no lock, no clock: the time is always an argument.
/// </summary>
internal sealed record TokenState
{
    private TokenState()
    {
    }

    /// <summary>Nothing is known yet.</summary>
    public static TokenState Cold { get; } = new();

    /// <summary>The newest tokens, expired or not.</summary>
    public TokenSet? Tokens { get; private init; }

    /// <summary>When they came.</summary>
    public DateTimeOffset? RenewedOn { get; private init; }

    /// <summary>Whether a token request is under way.</summary>
    public bool IsInFlight { get; private init; }

    /// <summary>How each host takes the tokens.</summary>
    public HostStandings Hosts { get; private init; } = HostStandings.None;

    /// <summary>Why and until when no password is sent.</summary>
    public CoolDown? CoolDown { get; private init; }

    /// <summary>Why and until when no token request is sent.</summary>
    public Outage? Outage { get; private init; }

    /// <summary>Since when token requests have failed, by the log; nothing after one that brought a token.</summary>
    public DateTimeOffset? FailingSince { get; private init; }

    /// <summary>Whether settings were read after the last flight started: its verdict on the credentials may be out of date.</summary>
    private bool HasNewSettings { get; init; }

    /// <summary>Since when the server answers the refresh token without success, and when the password is worth a try.</summary>
    private RefreshStall? RefreshStall { get; init; }

    /// <summary>Whether the tokens were given up, and none has been requested since.</summary>
    private bool IsSignedOut { get; init; }

    /// <summary>What a caller does who needs a token.</summary>
    public TokenDecision Decide(DateTimeOffset now)
    {
        if (!HasTokenAt(now))
            return DecideToFetch(now);

        return now < Tokens!.AccessToken.RefreshOn || IsInFlight || IsBackingOff(now) ? TokenDecision.Use : TokenDecision.UseAndRefresh;
    }

    /// <summary>What a caller does who needs a token for a host.</summary>
    public TokenDecision Decide(DateTimeOffset now, HostAndPort? host)
    {
        if (!HasTokenAt(now) || !Hosts[host].IsRejecting || Hosts.IsRationed(host, now))
            return Decide(now);

        // While no other can be obtained nobody waits: the host may have been mistaken for a moment, and must not stay dark for an outage.
        return IsFailing
            ? IsInFlight || IsBackingOff(now) ? TokenDecision.Use : TokenDecision.UseAndRefresh
            : IsInFlight ? TokenDecision.Join : TokenDecision.Fetch;
    }

    /// <summary>What a caller does whose token a host rejected.</summary>
    public TokenDecision DecideReplacement(ApiaxAccessToken rejected, DateTimeOffset now, HostAndPort? host = null)
    {
        // A 401 to a token that was revoked with its session is no wish for another session.
        if (!HasTokenAt(now))
            return IsSignedOut ? TokenDecision.Keep : DecideToFetch(now);
        if (!IsCurrent(rejected) && !Hosts[host].IsRejecting)
            return TokenDecision.Use;

        return !IsInFlight && Hosts.IsRationed(host, now) ? TokenDecision.Keep : DecideToFetch(now);
    }

    /// <summary>A host rejected a token; it counts only if it is still the current one.</summary>
    /// <param name="token">The token.</param>
    /// <param name="host">Who rejected it.</param>
    /// <param name="isCounted">Whether it is a rejection of its own.</param>
    public TokenState Rejected(ApiaxAccessToken token, HostAndPort? host = null, bool isCounted = true) =>
        IsCurrent(token) ? this with { Hosts = Hosts.With(host, Hosts[host].Rejected(isCounted, IsInFlight)) } : this;

    /// <summary>A host accepted a token. Nothing is said about the current one by an answer to another.</summary>
    public TokenState Accepted(ApiaxAccessToken token, HostAndPort host) =>
        IsCurrent(token) && Hosts[host] is var standing && (standing.IsRejecting || standing.Ration.IsOpen)
            ? this with { Hosts = Hosts.With(host, standing.Accepted()) }
            : this;

    /// <summary>A token request goes out.</summary>
    public TokenState FlightStarted() => this with { IsInFlight = true, HasNewSettings = false, Hosts = Hosts.FlightStarted() };

    /// <summary>The token request under way came to its end.</summary>
    public TokenState Landed(FlightResult flight, DateTimeOffset now) => flight.Failure is { } failure
        ? Failed(flight, failure, now) with { IsInFlight = false, Hosts = Hosts.FlightFailed() }
        : Renewed(flight, now) with { IsInFlight = false };

    /// <summary>The settings were read again: the next caller finds out whether the credentials are others.</summary>
    public TokenState SettingsRead() => this with { HasNewSettings = true };

    /// <summary>The session is being closed, and its tokens with it.</summary>
    public TokenState SignedOut() => this with { Tokens = null, Hosts = Hosts.WithoutToken(), IsSignedOut = true };

    /// <summary>
    /// Whether calls fail until a pause is over, or wait for the attempt after it, which may take as long as the failure did. Unlike for a caller, a look at
    /// the credentials in the meantime makes no difference.
    /// </summary>
    public bool IsFailingAt(DateTimeOffset now) => !HasTokenAt(now) && (
        (IsInFlight && IsFailing) ||
        Outage?.Pause.Covers(now) == true ||
        (CoolDown?.Pause.Covers(now) == true && !HasNewSettings));

    /// <summary>Whether the refresh token has been answered without success for so long that a flight is to try the password after it.</summary>
    public bool IsPasswordDueAt(DateTimeOffset now) => now >= RefreshStall?.PasswordOn && !HasTokenAt(now);

    /// <summary>Whether there is no token that every host accepts: somebody may be waiting.</summary>
    public bool NeedsTokenAt(DateTimeOffset now) => !HasTokenAt(now) || Hosts.AnyRejects;

    /// <summary>Whether a token has come that has not expired.</summary>
    public bool HasTokenAt(DateTimeOffset now) => now < Tokens?.AccessToken.ExpiresOn;

    /// <summary>Why there is no token, as an exception of its own for each caller; nothing when the last flight brought one.</summary>
    /// <param name="now">The time.</param>
    /// <param name="account">What the account is called in the exception's message.</param>
    public ApiaxAuthException? FailureAt(DateTimeOffset now, string? account = null)
    {
        // An outage is the newer of the two: a verdict ends it.
        var (failure, pause) = Outage is null ? (CoolDown?.Failure, CoolDown?.Pause) : (Outage.Failure, Outage.Pause);
        return failure?.Again(pause!.Value.RemainingAt(now), account);
    }

    // A record's own ToString would print all of it.
    public override string ToString() => $"TokenState {{ {Tokens?.ToString() ?? "no token"}, in flight: {IsInFlight} }}";

    private TokenState Renewed(FlightResult flight, DateTimeOffset now) => this with
    {
        Tokens = flight.Tokens,
        RenewedOn = now,
        CoolDown = flight.LoginFailure is { } refusal ? CoolDownAfter(flight, refusal, now) : null,
        Outage = null,
        RefreshStall = null,
        FailingSince = null,
        IsSignedOut = false,
        Hosts = Hosts.Replaced(flight.IsAdopted, now),
    };

    private TokenState Failed(FlightResult flight, ApiaxAuthException failure, DateTimeOffset now)
    {
        var failed = flight.RefreshRefusal is null || Tokens is null ? this : this with { Tokens = Tokens with { RefreshToken = null } };
        var stall = flight.IsRefreshStalled ? RefreshStall ?? RefreshStall.Begin(now) : RefreshStall;
        failed = failed with
        {
            CoolDown = CoolDownAfter(flight, failure, now),
            RefreshStall = flight.Credentials is null ? stall : stall?.PasswordTried(now),
            FailingSince = FailingSince ?? (flight.IsLogged ? now : null),
        };

        // A password that backs off holds up nothing but itself: a refresh goes on, with pauses of its own.
        var isPasswordAlone = !ReferenceEquals(failed.CoolDown, CoolDown) && !failed.CanRefreshAt(now);
        return failed with { Outage = isPasswordAlone ? null : failed.OutageAfter(flight, failure, now) };
    }

    private CoolDown? CoolDownAfter(FlightResult flight, ApiaxAuthException failure, DateTimeOffset now)
    {
        if (flight.Credentials is { } sent && (flight.SharedCoolDown ?? flight.PasswordPause) is { } pause)
            return CoolDown.After(CoolDown, failure, sent, pause, now, flight.SharedRejections);

        // The credentials are still the rejected ones, or could not be obtained: the cool-down goes on.
        return flight.Credentials is null && CoolDown?.Pause.Covers(now) == true ? CoolDown.CredentialsChecked(now) : CoolDown;
    }

    private Outage OutageAfter(FlightResult flight, ApiaxAuthException failure, DateTimeOffset now)
    {
        if (!NeedsTokenAt(now))
            return Outage.BehindToken(Outage, failure, Tokens!.RemainingAt(now), now);

        // What a server says to a password may last; while there is a refresh token, it is the refresh that the pause is for.
        var isLong = flight.Credentials is null
            ? failure.Reason is ApiaxAuthFailure.Misconfigured
            : failure.Reason is ApiaxAuthFailure.Misconfigured or ApiaxAuthFailure.InvalidAnswer && !CanRefreshAt(now);
        var outage = Outage.WithoutToken(Outage, failure, isLong, now);
        return HasTokenAt(now) ? outage.Within(Tokens!.RemainingAt(now)) : outage;
    }

    private TokenDecision DecideToFetch(DateTimeOffset now) =>
        IsInFlight ? TokenDecision.Join : IsBackingOff(now) ? TokenDecision.Fail : TokenDecision.Fetch;

    private bool IsFailing => Outage is not null || CoolDown is not null;

    private bool IsBackingOff(DateTimeOffset now) => Outage?.Pause.Covers(now) == true || (CoolDown?.IsActive(now) == true && !HasNewSettings && !CanRefreshAt(now));

    private bool CanRefreshAt(DateTimeOffset now) => Tokens?.CanRefreshAt(now) == true;

    // By its text: an answer that repeats the rejected token with other times is no replacement for it.
    private bool IsCurrent(ApiaxAccessToken token) => Tokens?.AccessToken.Value == token.Value;
}
