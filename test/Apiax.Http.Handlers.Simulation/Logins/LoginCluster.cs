using Microsoft.Extensions.Logging.Abstractions;

namespace Apiax.Http.Handlers.Simulation;

/// <summary>Replicas without a store that start together and are called steadily, on virtual time: the library's own flights and state, a modelled server.</summary>
internal static class LoginCluster
{
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(0.05);
    private static readonly TimeSpan BetweenCalls = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(4);

    /// <returns>When each replica had its token, in seconds, in ascending order.</returns>
    public static double[] Run(int replicas, TimeSpan login, int seed)
    {
        var clock = new VirtualClock();
        using var server = new OverlapServer(clock, login);
        var signedIn = new List<double>();
        var random = new Random(seed);
        for (var number = 0; number < replicas; number++)
            _ = LiveAsync(clock, server, new Random(random.Next()), signedIn);

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

    private static async Task LiveAsync(VirtualClock clock, OverlapServer server, Random random, List<double> signedIn)
    {
        var options = new ApiaxAuthOptions { Username = "anna", Password = "right" };
        var acquisition = new TokenAcquisition(
            new TokenClient(() => server, clock), new SettingsCredentials(() => options), () => options, clock, NullLogger.Instance, new UserLogins(random));
        var state = TokenState.Cold;
        await Task.Delay(StartsWithin * random.NextDouble(), clock).ConfigureAwait(false);
        while (state.Tokens is null)
        {
            state = state.FlightStarted();
            var result = await acquisition.FlyAsync(state, CancellationToken.None).ConfigureAwait(false);
            state = state.Landed(result, clock.GetUtcNow());

            // The next call after the pause; those within it fail at once and send nothing.
            if (state.FailureAt(clock.GetUtcNow()) is { RetryAfter: { } pause })
                await Task.Delay(pause + (BetweenCalls * random.NextDouble()), clock).ConfigureAwait(false);
        }

        signedIn.Add(clock.Seconds);
    }
}
