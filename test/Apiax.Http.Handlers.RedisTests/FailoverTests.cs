using Apiax.Http.Handlers.Testing;
using Microsoft.AspNetCore.DataProtection;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>A Redis that fails over to its replica, as Sentinel decides.</summary>
[TestFixture]
internal sealed class FailoverTests
{
    private static readonly EphemeralDataProtectionProvider Keys = new();

    [OneTimeSetUp]
    public void Find() => RedisServer.Require("redis-server");

    [Test]
    public async Task Replicated_tokens_are_used_without_a_login()
    {
        using var redis = await RedisSentinel.StartAsync();
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var first = new StoreApp(apiax, redis.Configuration, Keys);
        await UntilBackAsync(first);
        var token = await first.GetTokenAsync();
        await redis.FailOverAsync();
        await using var second = new StoreApp(apiax, redis.Configuration, Keys);
        await UntilBackAsync(first);
        await UntilBackAsync(second);

        Assert.That((await second.GetTokenAsync()).Value == token.Value, () => $"{first.WholeLog}\n{second.WholeLog}");
        var others = new[] { await first.ReplaceAsync(token), await second.ReplaceAsync(token) };

        Assert.That(others.Select(other => other!.Value == others[0]!.Value && other.Value != token.Value), Is.All.True);
        Assert.That((apiax.Logins, apiax.TokenRequests.Count), Is.EqualTo((1, 2)), () => $"{first.WholeLog}\n{second.WholeLog}");
    }

    [Test]
    public async Task Attempts_to_connect_without_a_primary_leave_no_connections_open([Values] bool isPrimaryKnown)
    {
        using var redis = await RedisSentinel.StartAsync();
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, $"{redis.Configuration},connectTimeout=500", Keys);
        var before = await redis.CountConnectionsAsync();
        if (isPrimaryKnown)
            redis.StopPrimary();
        else
            await redis.ForgetPrimaryAsync();

        for (var attempt = 0; attempt < 5; attempt++)
            Assert.That(await IsBackAsync(app), Is.False);

        if (isPrimaryKnown)
            redis.StartPrimary();
        else
            await redis.MonitorPrimaryAsync();
        await UntilBackAsync(app);

        Assert.That(await redis.CountConnectionsAsync() - before, Is.LessThanOrEqualTo(4), "two to Sentinel, two to the primary");
    }

    [Test]
    public async Task While_the_primary_is_down_nothing_is_read_from_its_replica()
    {
        using var redis = await RedisSentinel.StartAsync();
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, redis.BothServers, Keys);
        await UntilBackAsync(app);
        Assert.That(await CanReadAsync(app), Is.True);

        redis.StopPrimary();

        for (var read = 0; read < 3; read++)
            Assert.That(await CanReadAsync(app), Is.False, "it may be older");
    }

    private static Task<bool> CanReadAsync(StoreApp app) => SucceedsAsync(() => app.Store.ReadAsync(new string('a', 64), CancellationToken.None));

    /// <summary>Also after the start of Sentinel: on a busy machine, the first connection may take longer than a call waits for it.</summary>
    private static async Task UntilBackAsync(StoreApp app)
    {
        for (var tenth = 0; !await IsBackAsync(app); tenth++)
        {
            Assert.That(tenth, Is.LessThan(300), "the store is not back within 30 s");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    private static Task<bool> IsBackAsync(StoreApp app) =>
        SucceedsAsync(() => app.Store.CommitAsync(new string('a', 64), new TokenStoreCommit { Owner = "owner", Number = 1, ExpectedVersion = 0 }, CancellationToken.None));

    private static async Task<bool> SucceedsAsync(Func<ValueTask<TokenStoreEntry>> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (Exception exception) when (exception is IOException or Redis.RedisTokenStoreException)
        {
            return false;
        }
    }
}
