namespace Apiax.Http.Handlers;

/// <summary>
/// The state of one account, as an immutable value: it decides what to do now, and each event creates a new value.
/// No I/O, no lock, no clock: the time is always an argument.
/// </summary>
internal sealed record TokenState
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(2);

    private TokenState()
    {
    }

    /// <summary>Nothing is known yet.</summary>
    public static TokenState Cold { get; } = new();

    /// <summary>The newest tokens, expired or not.</summary>
    public TokenSet? Tokens { get; private init; }

    /// <summary>When they were obtained.</summary>
    public DateTimeOffset? RenewedOn { get; private init; }

    /// <summary>Whether a token request is under way.</summary>
    public bool IsInFlight { get; private init; }

    /// <summary>Whether the last flight brought no tokens.</summary>
    public bool HasFailed { get; private init; }

    /// <summary>How each host has answered the tokens.</summary>
    public HostStandings Hosts { get; private init; } = HostStandings.None;

    /// <summary>Why and until when no password is sent.</summary>
    public CoolDown? CoolDown { get; private init; }

    /// <summary>Why and until when no token request is sent.</summary>
    public Outage? Outage { get; private init; }

    /// <summary>Since when token requests have failed, for the log; null after a success.</summary>
    public DateTimeOffset? FailingSince { get; private init; }

    /// <summary>Whether settings were read after the last flight started: its result about the credentials may be out of date.</summary>
    private bool HasNewSettings { get; init; }

    /// <summary>Whether settings were read before the flight under way started: it checks whether the credentials have changed.</summary>
    private bool IsForNewSettings { get; init; }

    /// <summary>Until when the password is not tried although refreshes get no tokens.</summary>
    private RefreshStall? RefreshStall { get; init; }

    /// <summary>Until when this process does not look for a token of another replica, which may have one long before the back-off is over; null if there is no store.</summary>
    private Pause? LookPause { get; init; }

    /// <summary>Whether the account has signed out, and no token has been requested since.</summary>
    private bool IsSignedOut { get; init; }

    /// <summary>What a caller that needs a token must do.</summary>
    public TokenDecision Decide(DateTimeOffset now)
    {
        if (!HasTokenAt(now))
            return DecideToFetch(now);

        return now < Tokens!.AccessToken.RefreshOn || IsInFlight || IsBackingOff(now) ? TokenDecision.Use : TokenDecision.UseAndRefresh;
    }

    /// <summary>What a caller that needs a token for a host must do.</summary>
    public TokenDecision Decide(DateTimeOffset now, HostAndPort? host)
    {
        if (!HasTokenAt(now) || !Hosts.IsRejecting(host) || Hosts.IsRationed(host, now))
            return Decide(now);

        // While no other token can be obtained, no caller waits: the host may have rejected it by mistake, and calls must go on during an outage.
        return IsFailing
            ? IsInFlight || IsBackingOff(now) ? TokenDecision.Use : TokenDecision.UseAndRefresh
            : IsInFlight ? TokenDecision.Join : TokenDecision.Fetch;
    }

    /// <summary>What a caller whose token a host rejected must do.</summary>
    public TokenDecision DecideReplacement(ApiaxAccessToken rejected, DateTimeOffset now, HostAndPort? host = null)
    {
        // A 401 to a token that was revoked at sign-out must not open a new session.
        if (!HasTokenAt(now))
            return IsSignedOut ? TokenDecision.Keep : DecideToFetch(now);
        if (!IsCurrent(rejected) && !Hosts.IsRejecting(host))
            return TokenDecision.Use;

        return !IsInFlight && Hosts.IsRationed(host, now) ? TokenDecision.Keep : DecideToFetch(now);
    }

    /// <summary>A host rejected a token; it counts only if it is still the current one.</summary>
    /// <param name="token">The token.</param>
    /// <param name="host">The host.</param>
    /// <param name="isCounted">Whether it counts as a new rejection.</param>
    public TokenState Rejected(ApiaxAccessToken token, HostAndPort? host = null, bool isCounted = true) =>
        IsCurrent(token) ? this with { Hosts = Hosts.With(host, Hosts[host].Rejected(isCounted, IsInFlight)) } : this;

    /// <summary>A host accepted a token. An answer to an old token says nothing about the current one.</summary>
    public TokenState Accepted(ApiaxAccessToken token, HostAndPort host) =>
        IsCurrent(token) && Hosts[host] is var standing && (standing.IsRejecting || standing.Ration.AwaitsAcceptance)
            ? this with { Hosts = Hosts.With(host, standing.Accepted()) }
            : this;

    /// <summary>A flight started.</summary>
    public TokenState FlightStarted() => this with
    {
        IsInFlight = true,
        HasNewSettings = false,
        IsForNewSettings = HasNewSettings,
        Hosts = Hosts.FlightStarted(),
    };

    /// <summary>The flight under way ended.</summary>
    /// <param name="flight">Its result.</param>
    /// <param name="now">The time.</param>
    /// <param name="jitter">0 to 1, at random, for the pause after a failure.</param>
    public TokenState FlightEnded(FlightResult flight, DateTimeOffset now, double jitter = 0) => flight.Failure is { } failure
        ? Failed(flight, failure, now, jitter) with { IsInFlight = false, IsForNewSettings = false, HasFailed = true, Hosts = Hosts.FlightFailed() }
        : Renewed(flight, now);

    /// <summary>The settings were read again: the next caller checks whether the credentials have changed, and whether that ends an outage that needs action.</summary>
    public TokenState SettingsRead() => this with { HasNewSettings = true, Outage = Outage is { NeedsAction: true } ? Outage with { Pause = default } : Outage };

    /// <summary>The session is being closed, and its tokens with it.</summary>
    public TokenState SignedOut() => this with { Tokens = null, Hosts = Hosts.WithoutToken(), IsSignedOut = true };

    /// <summary>
    /// Whether calls fail until a pause is over, or wait for the attempt after it, which may take as long as the failure did. Unlike in a caller's decision,
    /// reading the credentials in the meantime makes no difference.
    /// </summary>
    public bool IsFailingAt(DateTimeOffset now) => !HasTokenAt(now) && (
        (IsInFlight && IsFailing) ||
        Outage?.Pause.Covers(now) == true ||
        (IsPasswordAwaited(now) && !HasNewSettings));

    /// <summary>Why no token request is sent now; null if one may be.</summary>
    public ApiaxAuthException? BackOffAt(DateTimeOffset now) =>
        Outage?.Pause.Covers(now) == true ? Outage.Failure
        : IsCoolingDown(now) && !HasNewSettings && !IsForNewSettings ? CoolDown!.Failure
        : null;

    /// <summary>Whether refreshes have failed for so long that a flight must try the password next.</summary>
    /// <param name="now">The time.</param>
    /// <param name="isGrantRefused">Whether the server has just refused the grant: that needs no time, only after a password that brought no token.</param>
    public bool IsPasswordDueAt(DateTimeOffset now, bool isGrantRefused = false) =>
        ((isGrantRefused && RefreshStall is not { Tries: > 0 }) || RefreshStall?.Pause.Covers(now) == false) && NeedsTokenAt(now);

    /// <summary>Whether there is no token that every host accepts: callers may be waiting.</summary>
    public bool NeedsTokenAt(DateTimeOffset now) => !HasTokenAt(now) || Hosts.AnyRejects;

    /// <summary>Whether there is a token that has not expired.</summary>
    public bool HasTokenAt(DateTimeOffset now) => now < Tokens?.AccessToken.ExpiresOn;

    /// <summary>Why there is no token, as a separate exception for each caller; null if nothing has failed.</summary>
    /// <param name="now">The time.</param>
    /// <param name="account">The account's name in the exception's message.</param>
    public ApiaxAuthException? FailureAt(DateTimeOffset now, string? account = null)
    {
        // An outage is the newer of the two: a rejection ends an outage. But the password's pause may be longer.
        var (failure, pause) = Outage is null || (!Outage.Pause.Covers(now) && IsPasswordAwaited(now)) ? (CoolDown?.Failure, CoolDown?.Pause) : (Outage.Failure, Outage.Pause);
        return failure?.Again(pause!.Value.RemainingAt(now), account);
    }

    // A record's generated ToString would print everything.
    public override string ToString() => $"TokenState {{ {Tokens?.ToString() ?? "no token"}, in flight: {IsInFlight} }}";

    private TokenState Renewed(FlightResult flight, DateTimeOffset now) => new()
    {
        Tokens = flight.Tokens,
        RenewedOn = now,
        Hosts = Hosts.Replaced(flight.IsAdopted, now),
        CoolDown = flight.LoginFailure is null ? null : CoolDownAfter(flight, now),
        RefreshStall = flight.IsRefreshStalled ? RefreshStall : null,
        HasNewSettings = HasNewSettings,
    };

    private TokenState Failed(FlightResult flight, ApiaxAuthException failure, DateTimeOffset now, double jitter)
    {
        var looked = this with { LookPause = flight.IsShared ? new Pause(now, BetweenLooks) : null };
        if (flight.IsLook)
            return looked;

        var failed = flight.RefreshTokenUse is not RefreshTokenUse.Used || Tokens is null ? looked : looked with { Tokens = Tokens with { RefreshToken = null } };
        var stall = flight.IsRefreshStalled ? RefreshStall.After(RefreshStall, flight, now)
            : flight.IsRefreshUnanswered ? RefreshStall?.NotCounted(now)
            : RefreshStall;
        failed = failed with
        {
            CoolDown = CoolDownAfter(flight, now),
            RefreshStall = flight.Credentials is null || flight.IsPasswordUnjudged ? stall : stall?.PasswordTried(flight, now),
            FailingSince = FailingSince ?? (flight.IsPostponed ? null : now),
        };

        // A password's back-off delays only the password: a refresh continues, with its own pauses.
        var ended = failed with { Outage = failed.IsCoolingDown(now) ? null : failed.OutageAfter(flight, failure, now, jitter) };
        return HasNewSettings ? ended.SettingsRead() : ended;
    }

    private CoolDown? CoolDownAfter(FlightResult flight, DateTimeOffset now)
    {
        if (flight.Credentials is { } sent && (flight.SharedCoolDown ?? flight.PasswordPause) is { } pause)
            return CoolDown.After(CoolDown, flight.Cause!, sent, pause, now);

        // Without other credentials, they are still the rejected ones or could not be obtained: the cool-down continues.
        return flight.Credentials is { } unrejected ? CoolDown?.Sent(unrejected) : flight.IsRepeated || CoolDown?.Covers(now) == true ? CoolDown?.CredentialsChecked(now) : CoolDown;
    }

    private Outage OutageAfter(FlightResult flight, ApiaxAuthException failure, DateTimeOffset now, double jitter)
    {
        if (!NeedsTokenAt(now))
            return Outage.WithToken(Outage, failure, Tokens!.RemainingAt(now), now);

        // A page that answers a refresh will probably go away; a password must not be sent to it often.
        var needsAction = failure.Reason is ApiaxAuthFailure.Misconfigured ||
            (flight.Credentials is not null && flight.Cause!.Reason is ApiaxAuthFailure.Misconfigured or ApiaxAuthFailure.InvalidAnswer);
        var outage = Outage.WithoutToken(Outage, failure, needsAction, now, jitter);
        return HasTokenAt(now) ? outage.Within(Tokens!.RemainingAt(now)) : outage;
    }

    private TokenDecision DecideToFetch(DateTimeOffset now) =>
        IsInFlight ? TokenDecision.Join : IsBackingOff(now) ? TokenDecision.Fail : TokenDecision.Fetch;

    private bool IsFailing => Outage is not null || CoolDown is not null;

    private bool IsBackingOff(DateTimeOffset now) => BackOffAt(now) is not null && !(NeedsTokenAt(now) && LookPause?.Covers(now) == false);

    /// <summary>Whether only a password could bring a token, and the credentials are not even read.</summary>
    private bool IsCoolingDown(DateTimeOffset now) => CoolDown?.IsActive(now) == true && !CanRefreshAt(now);

    /// <summary>Whether only a password could bring a token, and the last one must not be sent yet.</summary>
    private bool IsPasswordAwaited(DateTimeOffset now) => CoolDown?.Covers(now) == true && !CanRefreshAt(now);

    private bool CanRefreshAt(DateTimeOffset now) => Tokens?.CanRefreshAt(now) == true;

    // Compared by text: an answer that repeats the rejected token with other times does not replace it.
    private bool IsCurrent(ApiaxAccessToken token) => Tokens?.AccessToken.Value == token.Value;
}
