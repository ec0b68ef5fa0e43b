using Apiax.Http.Handlers.IntegrationTests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>Ten days of refreshing, on the clock of the authorization server, which revokes the session of a refresh token that is used twice.</summary>
[TestFixtureSource(typeof(RedisServer), nameof(RedisServer.KindsForProcesses))]
internal sealed class TenDaysTests(string kind)
{
    private static readonly TimeSpan Due = TimeSpan.FromMinutes(19);

    [Test]
    public async Task Ten_days_of_eight_replicas_are_one_login_and_no_refused_refresh()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var redis = RedisServer.Start(kind);
        await using var server = await AuthorizationServer.StartAsync(time);
        var replicas = Enumerable.Range(0, 8).Select(_ => ReplicaOf(server, redis, time)).ToList();
        var end = time.GetUtcNow() + TimeSpan.FromDays(10);

        await PassUntilAsync(time, Task.WhenAll(replicas.Select(replica => TokensOf(replica).GetTokenAsync().AsTask())));
        var generations = 1;
        for (; time.GetUtcNow() + Due < end; generations++)
        {
            time.Advance(Due);
            await PassUntilAsync(time, Task.WhenAll(replicas.Select(RefreshAsync)));
        }

        await PassUntilAsync(time, Task.WhenAll(replicas.Select(replica => replica.DisposeAsync().AsTask())));
        await TestContext.Out.WriteLineAsync($"ten days, {replicas.Count} replicas: {generations} generations, {server.Logins} logins, {server.Refreshes} refreshes, {server.InvalidGrants} invalid_grant");
        Assert.That((server.Logins, server.Refreshes, server.InvalidGrants), Is.EqualTo((1, generations - 1, 0)));
    }

    private static ServiceProvider ReplicaOf(AuthorizationServer server, RedisServer redis, TimeProvider time)
    {
        var services = new ServiceCollection();
        services.AddSingleton(time);
        services.AddLogging();
        services.AddHttpClient().AddApiaxAuth(options => (options.TokenEndpoint, options.Username, options.Password) = (server.TokenEndpoint, server.Username, server.Password));
        services.AddApiaxRedisTokenStore($"{redis.EndPoint}", options => options.AllowUnencrypted = true);
        return services.BuildServiceProvider();
    }

    private static IApiaxAccessTokenProvider TokensOf(ServiceProvider replica) => replica.GetRequiredService<IApiaxAccessTokenProvider>();

    /// <summary>A replica that waits for another also uses this clock.</summary>
    private static async Task PassUntilAsync(FakeTimeProvider time, Task done)
    {
        while (await Task.WhenAny(done, Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System)) != done)
            time.Advance(TimeSpan.FromMilliseconds(100));

        await done;
    }

    /// <summary>Requests a token that is due for a refresh, until the background flight has brought another.</summary>
    private static async Task RefreshAsync(ServiceProvider replica)
    {
        var old = await TokensOf(replica).GetTokenAsync();
        var start = TimeProvider.System.GetTimestamp();
        while ((await TokensOf(replica).GetTokenAsync()).Value == old.Value)
        {
            Assert.That(TimeProvider.System.GetElapsedTime(start), Is.LessThan(TimeSpan.FromSeconds(20)), "no flight has brought another token");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }
}
