using Microsoft.Extensions.Logging.Abstractions;

namespace Apiax.Http.Handlers.Simulation;

/// <summary>Replicas without a store that start together and are called steadily, on virtual time: the library's own flights and state, a modelled server.</summary>
internal static class LoginCluster
{
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(0.05);
    private static readonly TimeSpan BetweenCalls = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(4);

    /// <param name="replicas">How many there are.</param>
    /// <param name="login">How long a login takes.</param>
    /// <param name="seed">Of all that is random.</param>
    /// <param name="wereSignedIn">Whether they are already running, and their sessions end: their refresh tokens are refused.</param>
    /// <returns>When each replica had its token, in seconds, in ascending order.</returns>
    public static double[] Run(int replicas, TimeSpan login, int seed, bool wereSignedIn = false)
    {
        var clock = new VirtualClock();
        using var server = new OverlapServer(clock, login);
        var signedIn = new List<double>();
        var random = new Random(seed);
        for (var number = 0; number < replicas; number++)
            _ = LiveAsync(clock, server, new Random(random.Next()), signedIn, wereSignedIn);

        clock.RunUntil(() => signedIn.Count == replicas, Longest);
        return [.. signedIn];
    }

    /// <returns>How often a wrong password is sent in the first half hour, by a process that is called steadily.</returns>
    public static int CountWrongPasswords(int seed)
    {
        var clock = new VirtualClock();
        using var server = new OverlapServer(clock, TimeSpan.FromSeconds(0.2), isRight: false);
        _ = LiveAsync(clock, server, new Random(seed), []);
        clock.RunUntil(() => false, TimeSpan.FromMinutes(30));
        return server.Logins;
    }

    private static async Task LiveAsync(VirtualClock clock, OverlapServer server, Random random, List<double> signedIn, bool wasSignedIn = false)
    {
        var options = new ApiaxAuthOptions { Username = "anna", Password = "right" };
        var acquisition = new TokenAcquisition(
            new TokenClient(() => server, clock), new SettingsCredentials(() => options), () => options, clock, NullLogger.Instance, new UserLogins(random));
        var state = wasSignedIn ? SignedIn(clock.GetUtcNow()) : TokenState.Cold;
        await Task.Delay(StartsWithin * random.NextDouble(), clock).ConfigureAwait(false);
        FlightResult result;
        do
        {
            state = state.FlightStarted();
            result = await acquisition.FlyAsync(state, CancellationToken.None).ConfigureAwait(false);
            state = state.FlightEnded(result, clock.GetUtcNow());

            // The next call after the pause; those within it fail at once and send nothing.
            if (state.FailureAt(clock.GetUtcNow()) is { RetryAfter: { } pause })
                await Task.Delay(pause + (BetweenCalls * random.NextDouble()), clock).ConfigureAwait(false);
        }
        while (result.Tokens is null);

        signedIn.Add(clock.Seconds);
    }

    /// <summary>With a token that the API rejects from now on.</summary>
    private static TokenState SignedIn(DateTimeOffset now)
    {
        var token = new ApiaxAccessToken("old", now.AddMinutes(30), now.AddMinutes(25));
        return TokenState.Cold.FlightStarted().FlightEnded(FlightResult.Refreshed(new TokenSet(token, "old", now.AddDays(14), now)), now).Rejected(token);
    }
}
