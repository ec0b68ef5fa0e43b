namespace Apiax.Http.Handlers.RedisTests;

/// <summary>What eight processes cost the authorization server.</summary>
[Processes]
[NonParallelizable]
[TestFixtureSource(typeof(RedisServer), nameof(RedisServer.KindsForProcesses))]
internal sealed class ClusterTests(string redis)
{
    private readonly WorkerPool _pool = new();

    [OneTimeTearDown]
    public void End() => _pool.Dispose();

    [Test]
    public async Task Cold_at_once_is_one_login_and_revoked_tokens_are_one_request_more_and_a_session_that_ended_two()
    {
        await using var scene = await Scene.CreateAsync(_pool, redis);
        await scene.StartAsync();
        await scene.SettledAsync();
        var cold = (scene.Server.Logins, scene.Server.Refreshes, scene.Server.InvalidGrants);

        await scene.Server.RevokeAccessTokensAsync();
        await Scene.UntilAsync(() => scene.Server.Refreshes > cold.Refreshes);
        var revoked = (scene.Server.Logins, scene.Server.Refreshes, scene.Server.InvalidGrants);

        // Replacements are rationed: the next one is possible ten seconds after the slowest replica got the last.
        await Scene.PassAsync(13);
        await scene.Server.EndSessionsAsync();
        await Scene.UntilAsync(() => scene.Server.Logins >= 2);
        await scene.StopAsync();

        scene.Print("cold, revoked, session ended");
        Assert.Multiple(() =>
        {
            Assert.That(cold.Logins, Is.LessThanOrEqualTo(1 + scene.Excuses));
            Assert.That(revoked.Logins, Is.LessThanOrEqualTo(1 + scene.Excuses));
            Assert.That(revoked.Refreshes - cold.Refreshes, Is.InRange(1, 1 + scene.Excuses));
            Assert.That(revoked.InvalidGrants, Is.Zero);
            Assert.That(scene.Server.Logins, Is.LessThanOrEqualTo(2 + scene.Excuses));
            Assert.That(scene.Server.InvalidGrants, Is.LessThanOrEqualTo(1 + scene.Excuses), "the sessions that were ended, and no other");
            Assert.That(scene.Failed, Is.Zero);
            Assert.That(scene.Keys, Is.LessThanOrEqualTo(1 + scene.Excuses), "nobody encrypts, and so makes a key, but the one whose turn it is");
        });
    }

    [Test]
    public async Task A_rolling_restart_needs_no_login()
    {
        await using var scene = await Scene.CreateAsync(_pool, redis);
        await scene.StartAsync();
        await scene.SettledAsync();
        foreach (var worker in scene.Workers)
            await scene.RestartAsync(worker);

        await scene.StopAsync();

        scene.Print("rolling restart");
        Assert.That((scene.Server.InvalidGrants, scene.Failed), Is.EqualTo((0, 0)));
        Assert.That(scene.Server.Logins, Is.LessThanOrEqualTo(1 + scene.Excuses));
    }

    [Test]
    public async Task A_wrong_password_in_all_of_them_is_sent_by_one()
    {
        await using var scene = await Scene.CreateAsync(_pool, redis);
        await scene.StartAsync((_, order) => order with { Password = "wrong" });
        await Scene.PassAsync(Duration.Of(ci: 6, inFull: 70));
        await scene.StopAsync();

        scene.Print("wrong password");
        Assert.That(scene.Server.TokenRequests, Has.Count.InRange(1, Duration.Of(ci: 2, inFull: 3) + (2 * scene.Excuses)), "twice, and then once for each cool-down: 1 min, 2 min, …");
        Assert.That((scene.Server.ApiCalls.Count, scene.Calls - scene.Failed), Is.EqualTo((0, 0)));
    }

    [TestCase(true, 30)]
    [TestCase(true, 5)]
    [TestCase(false, 30)]
    public async Task No_call_fails_if_the_owner_of_a_turn_dies_or_hangs_during_a_refresh(bool dies, int tokenTimeout)
    {
        await using var scene = await Scene.CreateAsync(_pool, redis);
        await scene.StartAsync((_, order) => order with { TokenTimeout = TimeSpan.FromSeconds(tokenTimeout) });
        await scene.SettledAsync();
        var logins = scene.Server.Logins;
        scene.ExpectTokenRequest();
        using var gate = scene.Server.HoldTokenRequests();
        await scene.Server.RevokeAccessTokensAsync();
        var leader = await scene.LeaderAsync();
        await gate.Arrived;

        if (dies)
            leader.Kill();
        else
            leader.Freeze();
        gate.Open();
        await Scene.UntilAsync(() => scene.Server.Logins > logins);
        if (!dies)
            leader.Thaw();

        await Scene.PassAsync(3);
        await scene.StopAsync();

        scene.Print($"leader {(dies ? "killed" : "stopped")}, TokenTimeout {tokenTimeout} s");
        Assert.That(scene.Failed, Is.Zero);
        Assert.That(scene.Server.Logins, Is.LessThanOrEqualTo(1 + scene.Excuses), "one replica signs in in its place");
        Assert.That(scene.Server.InvalidGrants, Is.Zero, "nobody uses its refresh token any more");
    }

    [Test]
    public async Task A_replica_that_was_suspended_beyond_its_time_limit_and_gets_no_answer_uses_the_tokens_of_another()
    {
        await using var scene = await Scene.CreateAsync(_pool, redis);
        await scene.StartAsync((_, order) => order with { TokenTimeout = TimeSpan.FromSeconds(5) });
        await scene.SettledAsync();
        var logins = scene.Server.Logins;
        scene.ExpectTokenRequest();
        using var lost = scene.Server.HoldTokenRequests();
        await scene.Server.RevokeAccessTokensAsync();
        var leader = await scene.LeaderAsync();
        await lost.Arrived;

        leader.Freeze();
        scene.Server.HoldTokenRequests().Open();
        await Scene.UntilAsync(() => scene.Server.Logins > logins);
        await Scene.PassAsync(10);
        leader.Thaw();
        await Scene.PassAsync(3);
        await scene.StopAsync();

        scene.Print("leader suspended for 11 s and more, its answer lost, TokenTimeout 5 s");
        Assert.That(scene.Failed, Is.Zero);
        Assert.That(scene.Server.Logins, Is.LessThanOrEqualTo(1 + scene.Excuses));
        Assert.That(scene.Server.InvalidGrants, Is.Zero);
    }
}
