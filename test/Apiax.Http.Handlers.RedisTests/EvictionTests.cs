using System.Globalization;
using Apiax.Http.Handlers.Testing;
using Microsoft.AspNetCore.DataProtection;
using StackExchange.Redis;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>A Redis that is also used as a cache, and is full: it evicts an account.</summary>
[TestFixture("allkeys-lfu")]
[TestFixture("volatile-lru")]
internal sealed class EvictionTests(string policy)
{
    private const int Room = 2_000_000;

    private static readonly EphemeralDataProtectionProvider Keys = new();

    [OneTimeSetUp]
    public void Find() => RedisServer.Require("redis-server");

    [Test]
    public async Task An_account_that_is_evicted_costs_a_login_and_fails_no_call()
    {
        using var redis = RedisServer.Start("redis-server", "--maxmemory-policy", policy);
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var first = new StoreApp(apiax, $"{redis.EndPoint}", Keys);
        await using var second = new StoreApp(apiax, $"{redis.EndPoint}", Keys);
        var token = await first.GetTokenAsync();
        await second.GetTokenAsync();

        await EvictAsync(redis);
        var others = new[] { await first.ReplaceAsync(token), await second.ReplaceAsync(token) };

        Assert.That(others.Select(other => other!.Value == others[0]!.Value && other.Value != token.Value), Is.All.True);
        Assert.That((apiax.Logins, apiax.TokenRequests.Count, first.Warnings.Count + second.Warnings.Count), Is.EqualTo((2, 2, 0)));
    }

    [Test]
    public async Task An_account_that_is_evicted_in_the_middle_of_a_refresh_costs_a_login_and_fails_no_call()
    {
        using var redis = RedisServer.Start("redis-server", "--maxmemory-policy", policy);
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var first = new StoreApp(apiax, $"{redis.EndPoint}", Keys);
        await using var second = new StoreApp(apiax, $"{redis.EndPoint}", Keys);
        var token = await first.GetTokenAsync();
        await second.GetTokenAsync();

        using var hold = apiax.HoldTokenRequests();
        var refreshing = first.ReplaceAsync(token);
        await apiax.TokenRequestsArrivedAsync(1);
        await EvictAsync(redis);
        hold.Dispose();
        var others = new[] { await refreshing, await second.ReplaceAsync(token) };

        Assert.That(others.Select(other => other is not null && other.Value != token.Value), Is.All.True);
        Assert.That((apiax.Logins, apiax.TokenRequests.Count, first.Warnings.Count + second.Warnings.Count), Is.EqualTo((2, 3, 0)));
    }

    /// <summary>Adds other keys, which are used more often and later, until the account's key is evicted.</summary>
    private static async Task EvictAsync(RedisServer redis)
    {
        using var connection = await ConnectionMultiplexer.ConnectAsync($"{redis.EndPoint},allowAdmin=true");
        var (server, database) = (connection.GetServer(redis.EndPoint), connection.GetDatabase());
        var account = server.Keys(pattern: "apiax:*").Single();
        var used = long.Parse((await server.InfoAsync("memory")).SelectMany(group => group).Single(line => line.Key == "used_memory").Value, CultureInfo.InvariantCulture);
        await server.ConfigSetAsync("maxmemory", used + Room);
        for (var batch = 0; await database.KeyExistsAsync(account); batch++)
        {
            Assert.That(batch, Is.LessThan(500), "it is not evicted");
            var fillers = Enumerable.Range(0, 100).Select(number => (RedisKey)$"filler:{batch}:{number}").ToList();
            await Task.WhenAll(fillers.Select(filler => database.StringSetAsync(filler, new string('x', 2000), TimeSpan.FromHours(1))));
            await Task.WhenAll(fillers.Select(filler => database.KeyTouchAsync([.. Enumerable.Repeat(filler, 100)])));
        }

        // One eviction is enough: the next one would remove what is written from now on.
        await server.ConfigSetAsync("maxmemory", 0);
    }
}
