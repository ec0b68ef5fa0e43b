using Apiax.Http.Handlers.Testing;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>What stands in Redis, and what may be wrong with it.</summary>
[TestFixtureSource(typeof(RedisServer), nameof(RedisServer.Kinds))]
internal sealed class RedisTokenStoreTests(string kind)
{
    private static readonly EphemeralDataProtectionProvider Keys = new();

    [Test]
    public async Task An_account_has_two_keys_with_one_hash_tag_that_tell_nobody_who_it_is_and_an_entry_that_nobody_can_read()
    {
        using var redis = RedisServer.Start(kind);
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, $"{redis.EndPoint}", Keys);
        var token = await app.GetTokenAsync();

        using var connection = await ConnectAsync(redis);
        var keys = connection.GetServer(redis.EndPoint).Keys().Select(key => key.ToString()).ToList();
        var value = (await connection.GetDatabase().StringGetAsync(keys.Single())).ToString();

        Assert.That(keys.Single(), Does.Match("^apiax:v1:{[0-9a-f]{64}}:tok$"), "the turn is over");
        Assert.That(value, Does.Not.Contain(token.Value).And.Not.Contain(token.Value[..20]));
        Assert.That(await connection.GetDatabase().KeyTimeToLiveAsync(keys.Single()), Is.Not.Null);
    }

    [Test]
    public async Task Applications_with_the_same_keys_share_a_login()
    {
        using var redis = RedisServer.Start(kind);
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var first = new StoreApp(apiax, $"{redis.EndPoint}", Keys);
        await using var second = new StoreApp(apiax, $"{redis.EndPoint}", Keys);

        Assert.That((await first.GetTokenAsync()).Value, Is.EqualTo((await second.GetTokenAsync()).Value));
        Assert.That((apiax.Logins, first.Warnings.Count + second.Warnings.Count), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task An_entry_of_other_keys_is_a_miss_and_told_once()
    {
        using var redis = RedisServer.Start(kind);
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var first = new StoreApp(apiax, $"{redis.EndPoint}");
        await using var second = new StoreApp(apiax, $"{redis.EndPoint}");

        await first.GetTokenAsync();
        await second.GetTokenAsync();

        Assert.That(apiax.Logins, Is.EqualTo(2));
        Assert.That(second.Warnings, Has.Count.EqualTo(1));
        Assert.That(second.Warnings[0], Does.Contain("cannot be read"));
    }

    [Test]
    public async Task Only_who_commits_encrypts_and_only_an_entry_is_decrypted()
    {
        using var redis = RedisServer.Start(kind);
        await using var apiax = await ApiaxSandbox.StartAsync();
        var keys = new CountingKeys();
        await using var app = new StoreApp(apiax, $"{redis.EndPoint}", keys);
        var (account, aMinute) = (new string('a', 64), TimeSpan.FromMinutes(1));

        await app.Store.ReadAsync(account, CancellationToken.None);
        await app.Store.BeginAsync(account, 0, "owner", aMinute, CancellationToken.None);
        await app.Store.RenewAsync(account, "owner", CancellationToken.None);
        await app.Store.EndAsync(account, "owner", CancellationToken.None);
        await app.Store.WaitAsync(account, 0, TimeSpan.Zero, CancellationToken.None);
        Assert.That((keys.Protected, keys.Unprotected), Is.EqualTo((0, 0)), "data protection makes a key for either, where it has none");

        await app.Store.CommitAsync(account, "owner", 0, new byte[] { 1 }, aMinute, CancellationToken.None);
        await app.Store.ReadAsync(account, CancellationToken.None);
        Assert.That((keys.Protected, keys.Unprotected), Is.EqualTo((1, 1)));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task An_entry_in_clear_is_a_miss_to_who_encrypts_and_an_encrypted_one_to_who_does_not(bool encrypts)
    {
        using var redis = RedisServer.Start(kind);
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var first = encrypts ? InClear(apiax, redis) : new StoreApp(apiax, $"{redis.EndPoint}", Keys);
        await using var second = encrypts ? new StoreApp(apiax, $"{redis.EndPoint}", Keys) : InClear(apiax, redis);
        await using var third = encrypts ? new StoreApp(apiax, $"{redis.EndPoint}", Keys) : InClear(apiax, redis);

        await first.GetTokenAsync();
        await second.GetTokenAsync();
        await third.GetTokenAsync();

        Assert.That(apiax.Logins, Is.EqualTo(2), "the second replaces what it cannot read");
        Assert.That((second.Warnings.Count, third.Warnings.Count), Is.EqualTo((1, 0)));
        Assert.That(second.Warnings[0], Does.Contain("cannot be read"));
    }

    [TestCaseSource(nameof(Foreign))]
    public async Task A_value_of_a_stranger_is_a_miss_and_told_once(string name, Func<IDatabase, RedisKey, Task> write)
    {
        using var redis = RedisServer.Start(kind);
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, $"{redis.EndPoint}", Keys);
        await app.GetTokenAsync();
        using var connection = await ConnectAsync(redis);
        var key = connection.GetServer(redis.EndPoint).Keys().Single();
        await connection.GetDatabase().KeyDeleteAsync(key);
        await write(connection.GetDatabase(), key);

        await using var other = new StoreApp(apiax, $"{redis.EndPoint}", Keys);
        await other.GetTokenAsync();
        await using var third = new StoreApp(apiax, $"{redis.EndPoint}", Keys);
        await third.GetTokenAsync();

        Assert.That(apiax.Logins, Is.EqualTo(2));
        // Garnet finds no text under a key of another type, where Redis complains.
        var isTold = !(kind == "garnet" && name == "another type");
        Assert.That((other.Warnings.Count, third.Warnings.Count), Is.EqualTo((isTold ? 1 : 0, 0)));
        Assert.That(other.Warnings, Is.All.Contains("not a token store's"));
    }

    [Test]
    public async Task A_Redis_that_is_not_there_costs_a_moment_and_is_told_once()
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, "127.0.0.1:1", Keys);

        await app.GetTokenAsync();
        await app.GetTokenAsync();

        Assert.That(app.Warnings, Has.Count.EqualTo(1));
        Assert.That(app.Warnings[0], Does.Contain("Redis cannot be reached").And.Contain("by itself"));
    }

    [TestCase("")]
    [TestCase(",password=wrong")]
    public async Task A_Redis_that_wants_another_password_is_told_once_by_name(string password)
    {
        using var redis = RedisServer.Start(kind, kind == "garnet" ? ["--lua", "--lua-transaction-mode", "--auth", "Password", "--password", "right"] : ["--requirepass", "right"]);
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, redis.EndPoint + password, Keys);

        await app.GetTokenAsync();
        await app.GetTokenAsync();

        Assert.That(app.Warnings, Has.Count.EqualTo(1));
        Assert.That(app.Warnings[0], Does.Contain("refuses the user name or password"));
    }

    [Test]
    public async Task A_script_that_is_refused_is_told_once_by_name()
    {
        using var redis = kind == "garnet" ? RedisServer.Start(kind, "--no-obj") : RedisServer.Start(kind, "--rename-command", "EVALSHA", "", "--rename-command", "EVAL", "");
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, $"{redis.EndPoint}", Keys);

        await app.GetTokenAsync();
        await app.GetTokenAsync();

        Assert.That(app.Warnings, Has.Count.EqualTo(1));
        Assert.That(app.Warnings[0], Does.Contain("Redis refuses the script 'begin'"));
    }

    private static IEnumerable<TestCaseData> Foreign()
    {
        foreach (var text in new[] { "", "something else", ":", "0:x", "007:x", "-7:x", "1e3:x", "99999999999999999999:x" })
            yield return Case(text, (redis, key) => redis.StringSetAsync(key, text));

        yield return Case("more than any entry", (redis, key) => redis.StringSetAsync(key, "7:" + new string('x', 5_000_000)));
        yield return Case("another type", (redis, key) => redis.ListLeftPushAsync(key, "7:x"));

        static TestCaseData Case(string name, Func<IDatabase, RedisKey, Task> write) => new TestCaseData(name, write).SetArgDisplayNames(name);
    }

    private static StoreApp InClear(ApiaxSandbox apiax, RedisServer redis) => new(apiax, services => services.AddApiaxRedisTokenStore($"{redis.EndPoint}", options => options.AllowUnencrypted = true));

    private static async Task<ConnectionMultiplexer> ConnectAsync(RedisServer redis) => await ConnectionMultiplexer.ConnectAsync($"{redis.EndPoint},allowAdmin=true");
}
