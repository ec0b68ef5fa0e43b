namespace Apiax.Http.Handlers;

/// <summary>No token request is sent for a time, since the last one got no usable answer.</summary>
/// <param name="Failure">Why.</param>
/// <param name="Pause">How long.</param>
/// <param name="Step">How long it would be without the server's request and the token, which doubles while calls fail; zero before that.</param>
/// <param name="NeedsAction">Whether someone must act to end it; waiting alone does not.</param>
internal sealed record Outage(ApiaxAuthException Failure, Pause Pause, TimeSpan Step, bool NeedsAction = false)
{
    private static readonly TimeSpan LongestTransient = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortestUntilAction = TimeSpan.FromSeconds(5);

    /// <summary>The longest back-off, even if the server asks for more.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromMinutes(5);

    /// <summary>The shortest back-off.</summary>
    public static TimeSpan Shortest { get; } = TimeSpan.FromSeconds(1);

    /// <summary>For failures while calls still have a valid token.</summary>
    public static Outage WithToken(Outage? last, ApiaxAuthException failure, TimeSpan remaining, DateTimeOffset now) =>
        new Outage(failure, new Pause(now, LongestTransient.AtLeast(RequestedDelay(failure))), last?.Step ?? default, last?.NeedsAction ?? false).Within(remaining);

    /// <summary>For failures while calls fail: the first pauses are short, so that calls succeed soon after the endpoint does.</summary>
    /// <param name="last">The previous outage.</param>
    /// <param name="failure">Why there is a new one.</param>
    /// <param name="needsAction">Whether someone must act to end it: a pause of 5 seconds to 5 minutes, instead of 1 to 30 seconds. It continues if the kind of failure changes.</param>
    /// <param name="now">The time.</param>
    /// <param name="jitter">0 to 1, at random: machines that lost the server at the same time must not all ask again at the same time. Never earlier than the server asks.</param>
    public static Outage WithoutToken(Outage? last, ApiaxAuthException failure, bool needsAction, DateTimeOffset now, double jitter)
    {
        var step = (2 * (last?.Step ?? default))
            .AtLeast(needsAction ? ShortestUntilAction : Shortest)
            .AtMost((needsAction && last?.NeedsAction == true) || failure.IsThrottled ? Longest : LongestTransient);
        return new Outage(failure, new Pause(now, step.AtLeast(RequestedDelay(failure)) * (1 + (jitter / 4))), step, needsAction);
    }

    /// <summary>Limits the pause to a quarter of a valid token's remaining time, even if the server asks for more: when the token expires, the next call gets another.</summary>
    public Outage Within(TimeSpan remaining) => this with { Pause = Pause with { Length = Pause.Length.AtMost(remaining / 4).AtLeast(Shortest).AtMost(remaining) } };

    private static TimeSpan RequestedDelay(ApiaxAuthException failure) => (failure.RetryAfter ?? default).AtMost(Longest);
}
