namespace Apiax.Http.Handlers;

/// <summary>
/// Refreshes get no tokens: a firewall blocks or resets them, they cause a server error, or they are never answered. Waiting may never help, so after a time
/// the password is tried. The refresh token is discarded only if the login succeeds; if the next refresh token fails in the same way, the password is tried without a wait.
/// </summary>
/// <param name="Pause">During this pause the password is not tried.</param>
/// <param name="Tries">How often it was tried.</param>
/// <param name="FailedOn">When the last refresh failed.</param>
internal sealed record RefreshStall(Pause Pause, int Tries, DateTimeOffset FailedOn)
{
    private const int LongestSteps = 3;

    // Without an answer, it is most likely an outage, in which a login would fail as well.
    private const int UnansweredSteps = 2;
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(5);

    /// <summary>A refresh failed.</summary>
    /// <param name="last">The stall before it, if any: a failure with a shorter wait counts from now.</param>
    /// <param name="flight">Its flight.</param>
    /// <param name="now">The time.</param>
    public static RefreshStall After(RefreshStall? last, FlightResult flight, DateTimeOffset now)
    {
        // The server refused the grant (RFC 6749 §5.2): a login uses another grant and need not wait.
        var wait = flight.IsRefreshGrantRefused ? TimeSpan.Zero : Step * ShortestSteps(flight);
        return last is { Tries: > 0 } || last?.Pause.RemainingAt(now) <= wait ? last with { FailedOn = now } : new(new Pause(now, wait), Tries: 0, now);
    }

    public RefreshStall PasswordTried(FlightResult flight, DateTimeOffset now) => new(new Pause(now, Step * Math.Clamp(Tries + 1, ShortestSteps(flight), LongestSteps)), Tries + 1, now);

    /// <summary>A refresh was not sent, or the server was busy. After five minutes of that, an earlier failure no longer counts: otherwise every process would sign in when an outage ends.</summary>
    public RefreshStall? NotCounted(DateTimeOffset now) => Tries == 0 && now - FailedOn > Step ? null : this;

    private static int ShortestSteps(FlightResult flight) => flight.IsRefreshUnanswered ? UnansweredSteps : 1;
}
