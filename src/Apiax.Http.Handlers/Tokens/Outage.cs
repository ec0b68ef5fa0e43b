namespace Apiax.Http.Handlers;

/// <summary>No token request is sent for a while, since the last one got no usable answer.</summary>
internal sealed record Outage(ApiaxAuthException Failure, Pause Pause, int Failures)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>Two failures within a second lock a user (Keycloak's quick login check), and a server may have seen an attempt whose answer we did not.</summary>
    public static TimeSpan BetweenPasswords { get; } = TimeSpan.FromSeconds(1.5);

    /// <summary>Calls go on with a valid token: there is time.</summary>
    public static Outage BehindToken(Outage? last, ApiaxAuthException failure, TimeSpan remaining, bool passwordSent, DateTimeOffset now)
    {
        var rest = (remaining / 4).AtMost(Longest);
        return new Outage(failure, Lasting(rest, failure, passwordSent, now), last?.Failures ?? 0);
    }

    /// <summary>Calls fail: short rests first, so that they work again soon after the endpoint does.</summary>
    public static Outage WithoutToken(Outage? last, ApiaxAuthException failure, bool passwordSent, DateTimeOffset now)
    {
        var failures = last?.Failures ?? 0;
        return new Outage(failure, Lasting(Pause.Doubled(Shortest, failures, Longest), failure, passwordSent, now), failures + 1);
    }

    private static Pause Lasting(TimeSpan rest, ApiaxAuthException failure, bool passwordSent, DateTimeOffset now) =>
        new(now, new[] { rest, failure.RetryAfter ?? TimeSpan.Zero, passwordSent ? BetweenPasswords : Shortest }.Max());
}
