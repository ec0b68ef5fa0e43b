namespace Apiax.Http.Handlers.RedisTests;

/// <summary>Tokens with short lifetimes, so that many are needed, with and without faults.</summary>
[Processes]
[NonParallelizable]
[TestFixtureSource(typeof(RedisServer), nameof(RedisServer.KindsForProcesses))]
internal sealed class GenerationTests(string redis)
{
    private readonly WorkerPool _pool = new();

    [OneTimeTearDown]
    public void End() => _pool.Dispose();

    [Test]
    public async Task A_generation_of_tokens_is_one_request_whatever_the_clocks_of_two_replicas_say()
    {
        await using var scene = await Scene.CreateAsync(_pool, redis, TimeSpan.FromSeconds(6));
        await scene.StartAsync((number, order) => order with { ClockOffsetInSeconds = number switch { 0 => 300, 1 => -300, _ => 0 } });
        await scene.SettledAsync();
        await Scene.PassAsync(30);
        await scene.StopAsync();

        // Every token request brought a token that the API received (except one at the very end), and none was sent twice.
        var generations = scene.Server.ApiCalls.Select(call => call.Token).OfType<string>().Distinct(StringComparer.Ordinal).Count();
        scene.Print($"6 s tokens, 30 s, {generations} generations");
        Assert.That((scene.Server.InvalidGrants, scene.Failed), Is.EqualTo((0, 0)));
        Assert.That(scene.Server.Logins, Is.LessThanOrEqualTo(1 + scene.Excuses));
        Assert.That(scene.Server.TokenRequests, Has.Count.InRange(generations, generations + 1 + scene.Excuses));
    }

    [Test]
    public async Task No_call_fails_if_Redis_is_killed_for_six_seconds_and_then_empty()
    {
        await using var scene = await Scene.CreateAsync(_pool, redis, TimeSpan.FromSeconds(20));
        await scene.StartAsync();
        await scene.SettledAsync();
        await Scene.PassAsync(8);
        scene.Redis.Kill();
        await Scene.PassAsync(6);
        scene.Redis.StartAgain();
        await Scene.PassAsync(6);
        await scene.StopAsync();

        scene.Print("Redis killed for 6 s");
        Assert.That((scene.Server.InvalidGrants, scene.Failed), Is.EqualTo((0, 0)));
        Assert.That(scene.Server.Logins, Is.LessThanOrEqualTo(2 + scene.Excuses), "at worst each goes on by itself until it is back, and one signs in for all: Redis is empty");
    }

    [Test]
    public async Task A_Redis_that_hangs_and_one_that_is_flushed_fail_no_call()
    {
        await using var scene = await Scene.CreateAsync(_pool, redis, TimeSpan.FromSeconds(30));
        await scene.StartAsync();
        await scene.SettledAsync();

        // Just before the refresh, at half of the lifetime; the other half is longer than the outage and the back-off after it.
        await Scene.PassAsync(12);
        scene.Proxy.Hang();
        await Scene.PassAsync(3);
        scene.Proxy.Flow();

        // A process without an answer does not call Redis for three seconds, and then sends its pending commit.
        await Scene.PassAsync(8);
        var hung = (scene.Server.Logins, scene.Server.InvalidGrants);

        using (var connection = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync($"{scene.Redis.EndPoint},allowAdmin=true"))
            await connection.GetServer(scene.Redis.EndPoint).FlushAllDatabasesAsync();
        await scene.Server.RevokeAccessTokensAsync();
        await Scene.UntilAsync(() => scene.Server.Logins >= 2);
        await scene.StopAsync();

        scene.Print("Redis hung for 3 s, then flushed");
        Assert.That(hung.InvalidGrants, Is.Zero);
        Assert.That((scene.Server.InvalidGrants, scene.Failed), Is.EqualTo((0, 0)));
        Assert.That(scene.Server.Logins, Is.LessThanOrEqualTo(2 + scene.Excuses), "what it knew is lost: one more login for all");
    }
}
