using System.Text;
using System.Text.Json.Nodes;
using Apiax.Http.Handlers.Testing;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>The values in Redis, and invalid ones.</summary>
[TestFixtureSource(typeof(RedisServer), nameof(RedisServer.Kinds))]
internal sealed class RedisTokenStoreTests(string kind)
{
    private static readonly EphemeralDataProtectionProvider Keys = new();

    [Test]
    public async Task An_account_is_one_key_without_readable_names_and_with_encrypted_content()
    {
        using var redis = RedisServer.Start(kind);
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, $"{redis.EndPoint}", Keys);
        var token = await app.GetTokenAsync();

        using var connection = await ConnectAsync(redis);
        var keys = connection.GetServer(redis.EndPoint).Keys().Select(key => key.ToString()).ToList();
        var value = string.Join(' ', (await connection.GetDatabase().HashGetAllAsync(keys.Single())).Select(field => field.Value.ToString()));

        Assert.That(keys.Single(), Does.Match("^apiax:v2:{[0-9a-f]{64}}$"));
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
    public async Task Services_with_different_key_prefixes_share_nothing()
    {
        using var redis = RedisServer.Start(kind);
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var rules = Service("rules:");
        await using var files = Service("files:");

        Assert.That((await rules.GetTokenAsync()).Value, Is.Not.EqualTo((await files.GetTokenAsync()).Value));
        Assert.That((apiax.Logins, rules.Warnings.Count + files.Warnings.Count), Is.EqualTo((2, 0)));
        using var connection = await ConnectAsync(redis);
        Assert.That(connection.GetServer(redis.EndPoint).Keys().Select(key => key.ToString()[..6]), Is.EquivalentTo(["rules:", "files:"]));

        StoreApp Service(string prefix) =>
            new(apiax, services => services.AddSingleton<IDataProtectionProvider>(Keys).AddApiaxRedisTokenStore($"{redis.EndPoint}", options => options.KeyPrefix = prefix));
    }

    [Test]
    public async Task An_entry_with_other_keys_is_ignored_and_logged_once()
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
    public async Task Only_a_commit_encrypts_and_only_an_entry_is_decrypted()
    {
        using var redis = RedisServer.Start(kind);
        await using var apiax = await ApiaxSandbox.StartAsync();
        var keys = new CountingKeys();
        await using var app = new StoreApp(apiax, $"{redis.EndPoint}", keys);
        var (account, aMinute) = (new string('a', 64), TimeSpan.FromMinutes(1));

        await app.Store.ReadAsync(account, CancellationToken.None);
        await app.Store.BeginAsync(account, new TokenStoreBegin { Owner = "owner", Number = 1, Silence = aMinute }, CancellationToken.None);
        await app.Store.CommitAsync(account, new TokenStoreCommit { Owner = "owner", Number = 1, ExpectedVersion = 0, KeepsTurn = true }, CancellationToken.None);
        await app.Store.CommitAsync(account, new TokenStoreCommit { Owner = "owner", Number = 1, ExpectedVersion = 0 }, CancellationToken.None);
        await app.Store.WaitAsync(account, 0, TimeSpan.Zero, CancellationToken.None);
        Assert.That((keys.Protected, keys.Unprotected), Is.EqualTo((0, 0)), "data protection makes a key for either, where it has none");

        await app.Store.CommitAsync(account, new TokenStoreCommit { Owner = "owner", Number = 1, ExpectedVersion = 0, Version = 1, Content = new byte[] { 1 }, Keep = aMinute }, CancellationToken.None);
        Assert.That((keys.Protected, keys.Unprotected), Is.EqualTo((1, 1)));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task An_unencrypted_entry_is_ignored_by_a_replica_that_encrypts_and_the_reverse(bool encrypts)
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
    public async Task A_value_of_other_code_is_ignored_and_logged_once(string name, Func<IDatabase, RedisKey, Task> write)
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
        Assert.That((other.Warnings.Count, third.Warnings.Count), Is.EqualTo((1, 0)));
        Assert.That(other.Warnings, Is.All.Contains("not written by a token store"));
    }

    [Test]
    public async Task A_note_that_is_larger_than_any_is_not_sent_to_a_replica()
    {
        using var redis = RedisServer.Start(kind);
        using var connection = await ConnectAsync(redis);
        var now = (RedisValue)(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1000);
        await connection.GetDatabase().HashSetAsync("account", [new("note", new string('x', 100_000)), new("noted", (long)now - 60_000_000), new("note-length", 300_000_000)]);

        var answer = (RedisResult[])(await connection.GetDatabase().ScriptEvaluateAsync(Redis.Scripts.ReadEntry, ["account"]))!;

        Assert.That((string?)answer[6], Is.Empty);
    }

    [TestCase("committed", "900000000000000000")]
    [TestCase("committed", "-900000000000000000")]
    [TestCase("committed", "9223372036854775807")]
    [TestCase("note-length", "1e30")]
    [TestCase("note-length", "inf")]
    [TestCase("note-length", "nan")]
    [TestCase("noted", "-1e30")]
    [TestCase("noted", "nan")]
    public async Task An_invalid_time_costs_one_login_at_most_and_is_replaced(string field, string value)
    {
        using var redis = RedisServer.Start(kind);
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, $"{redis.EndPoint}", Keys);
        await app.GetTokenAsync();
        using var connection = await ConnectAsync(redis);
        var key = connection.GetServer(redis.EndPoint).Keys().Single();
        await connection.GetDatabase().HashSetAsync(key, [new("note", "x"), new("noted", "1"), new("note-length", "1"), new(field, value)]);

        await using var other = new StoreApp(apiax, $"{redis.EndPoint}", Keys);
        var token = await other.GetTokenAsync();
        await using var third = new StoreApp(apiax, $"{redis.EndPoint}", Keys);

        Assert.That((await third.GetTokenAsync()).Value, Is.EqualTo(token.Value));
        Assert.That(apiax.Logins, Is.LessThanOrEqualTo(2));
        Assert.That(other.Warnings.Concat(third.Warnings), Is.Empty);
    }

    [Test]
    public async Task A_turn_with_an_invalid_renewal_time_counts_as_silent()
    {
        using var redis = RedisServer.Start(kind);
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, $"{redis.EndPoint}", Keys);
        var (account, aDay) = (new string('a', 64), TimeSpan.FromDays(1));
        await app.Store.BeginAsync(account, new TokenStoreBegin { Owner = "a", Number = 1, Silence = aDay }, CancellationToken.None);
        using var connection = await ConnectAsync(redis);
        await connection.GetDatabase().HashSetAsync($"apiax:v2:{{{account}}}", "renewed", "nan");

        var begun = await app.Store.BeginAsync(account, new TokenStoreBegin { Owner = "b", Number = 1, Silence = aDay }, CancellationToken.None);

        Assert.That(begun.Turn, Is.EqualTo(TokenStoreTurn.CallerInsteadOfAnother));
    }

    [Test]
    public async Task Fields_of_a_later_release_stay()
    {
        using var redis = RedisServer.Start(kind);
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, $"{redis.EndPoint}", Keys);
        var token = await app.GetTokenAsync();
        using var connection = await ConnectAsync(redis);
        var key = connection.GetServer(redis.EndPoint).Keys().Single();
        await connection.GetDatabase().HashSetAsync(key, "of-a-later-release", "kept");

        await app.ReplaceAsync(token);

        Assert.That(apiax.TokenRequests, Has.Count.EqualTo(2));
        Assert.That((string?)await connection.GetDatabase().HashGetAsync(key, "of-a-later-release"), Is.EqualTo("kept"));
    }

    [TestCase(1)]
    [TestCase(-1)]
    [TestCase(24 * 40)]
    [TestCase(-24 * 40)]
    public async Task A_correction_of_the_clock_of_Redis_costs_one_login_at_most(int hours)
    {
        using var redis = RedisServer.Start(kind);
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var first = new StoreApp(apiax, $"{redis.EndPoint}", Keys);
        await using var second = new StoreApp(apiax, $"{redis.EndPoint}", Keys);
        var token = await first.GetTokenAsync();

        await CorrectClockAsync(redis, TimeSpan.FromHours(hours));
        var found = await second.GetTokenAsync();
        var others = new[] { await first.ReplaceAsync(token), await second.ReplaceAsync(token) };

        Assert.That(others.Select(other => other!.Value == others[0]!.Value && other.Value != token.Value), Is.All.True);
        Assert.That(found.Value == token.Value, Is.EqualTo(hours < 0), "set forward, the token seems to be over");
        Assert.That((apiax.Logins, apiax.TokenRequests.Count), Is.EqualTo((hours > 24 ? 2 : 1, 2)), "and in the end the entry, too");
        Assert.That(first.Warnings.Concat(second.Warnings), Is.Empty);
    }

    [Test]
    public async Task A_wait_ends_after_a_change_with_a_channel_prefix_of_the_application()
    {
        using var redis = RedisServer.Start(kind);
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, $"{redis.EndPoint},channelPrefix=tenant:", Keys);
        var account = new string('a', 64);
        var wait = app.Store.WaitAsync(account, long.MaxValue, TimeSpan.FromMinutes(1), CancellationToken.None).AsTask();
        for (var commit = 0; commit < 100 && !wait.IsCompleted; commit++)
        {
            await app.Store.BeginAsync(account, new TokenStoreBegin { Owner = "owner", Number = commit, Silence = TimeSpan.FromMinutes(1) }, CancellationToken.None);
            await app.Store.CommitAsync(account, new TokenStoreCommit { Owner = "owner", Number = commit, ExpectedVersion = 0 }, CancellationToken.None);
            await Task.WhenAny(wait, Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System));
        }

        Assert.That(wait.IsCompletedSuccessfully);
    }

    [Test]
    public async Task Subscriptions_end_with_their_container()
    {
        using var redis = RedisServer.Start(kind);
        await using var apiax = await ApiaxSandbox.StartAsync();
        using var connection = await ConnectAsync(redis);
        var channel = RedisChannel.Literal($"apiax:v2:{{{new string('a', 64)}}}:changed");
        await using (var app = new StoreApp(apiax, services => services.AddSingleton<IDataProtectionProvider>(Keys).AddSingleton<IConnectionMultiplexer>(connection).AddApiaxRedisTokenStore()))
        {
            await app.Store.WaitAsync(new string('a', 64), 0, TimeSpan.FromSeconds(1), CancellationToken.None);
            Assert.That(await connection.GetSubscriber().PublishAsync(channel, 0), Is.EqualTo(1));
        }

        for (var tenth = 0; tenth < 50 && await connection.GetSubscriber().PublishAsync(channel, 0) > 0; tenth++)
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);

        Assert.That(await connection.GetSubscriber().PublishAsync(channel, 0), Is.Zero);
    }

    [Test]
    public async Task An_unreachable_Redis_causes_a_short_delay_and_one_log_entry()
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, "127.0.0.1:1", Keys);

        await app.GetTokenAsync();
        await app.GetTokenAsync();

        Assert.That(app.Warnings, Has.Count.EqualTo(1));
        Assert.That(app.Warnings[0], Does.Contain("Redis cannot be reached").And.Contain("gets its own tokens"));
    }

    [TestCase("")]
    [TestCase(",password=wrong")]
    public async Task A_Redis_that_rejects_the_password_is_logged_once(string password)
    {
        using var redis = RedisServer.Start(kind, kind == "garnet" ? ["--lua", "--lua-transaction-mode", "--auth", "Password", "--password", "right"] : ["--requirepass", "right"]);
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, redis.EndPoint + password, Keys);

        await app.GetTokenAsync();
        await app.GetTokenAsync();

        Assert.That(app.Warnings, Has.Count.EqualTo(1));
        Assert.That(app.Warnings[0], Does.Contain("requires a valid user name and password"));
    }

    [Test]
    public async Task A_script_that_Redis_rejects_is_logged_once_with_its_name()
    {
        using var redis = kind == "garnet" ? RedisServer.Start(kind, "--no-obj") : RedisServer.Start(kind, "--rename-command", "EVALSHA", "", "--rename-command", "EVAL", "");
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, $"{redis.EndPoint}", Keys);

        await app.GetTokenAsync();
        await app.GetTokenAsync();

        Assert.That(app.Warnings, Has.Count.EqualTo(1));
        Assert.That(app.Warnings[0], Does.Contain("Redis rejected the script 'begin'"));
    }

    private static IEnumerable<TestCaseData> Foreign()
    {
        foreach (var version in new[] { "", "something else", "0", "007", "-7", "1e3", "9007199254740993", "99999999999999999999" })
            yield return Case($"version {version}", (redis, key) => redis.HashSetAsync(key, [new("version", version), new("content", "x"), new("claim", "somebody"), new("claim-number", "9e99")]));

        yield return Case("no content", (redis, key) => redis.HashSetAsync(key, [new("version", "7")]));
        yield return Case("more than any entry", (redis, key) => redis.HashSetAsync(key, [new("version", "7"), new("content", new string('x', 5_000_000))]));
        yield return Case("a longer time than any", (redis, key) => redis.HashSetAsync(key, [new("version", "7"), new("content", "x"), new("committed", new string('1', 100))]));
        yield return Case("a list", (redis, key) => redis.ListLeftPushAsync(key, "7:x"));
        yield return Case("a text", (redis, key) => redis.StringSetAsync(key, "7:x"));

        static TestCaseData Case(string name, Func<IDatabase, RedisKey, Task> write) => new TestCaseData(name, write).SetArgDisplayNames(name);
    }

    /// <summary>Has the effect of a clock that is set forward: all times in the entry, and its expiry, move back by as much.</summary>
    private static async Task CorrectClockAsync(RedisServer redis, TimeSpan by)
    {
        using var connection = await ConnectAsync(redis);
        var (database, key) = (connection.GetDatabase(), connection.GetServer(redis.EndPoint).Keys().Single());
        foreach (var name in new[] { "committed", "renewed" })
            await database.HashSetAsync(key, name, (long)await database.HashGetAsync(key, name) - (long)by.TotalMicroseconds);

        var (protection, account) = (new Redis.EntryProtection(Keys), key.ToString().Split('{', '}')[1]);
        var content = JsonNode.Parse(protection.Unprotect(account, (byte[])(await database.HashGetAsync(key, "content"))!))!;
        content["begun_on"] = (DateTimeOffset)content["begun_on"]! - by;
        await database.HashSetAsync(key, "content", protection.Protect(account, Encoding.UTF8.GetBytes(content.ToJsonString())));
        if (await database.KeyTimeToLiveAsync(key) - by is { } remaining && remaining > TimeSpan.Zero)
            await database.KeyExpireAsync(key, remaining);
        else
            await database.KeyDeleteAsync(key);
    }

    private static StoreApp InClear(ApiaxSandbox apiax, RedisServer redis) => new(apiax, services => services.AddApiaxRedisTokenStore($"{redis.EndPoint}", options => options.AllowUnencrypted = true));

    private static async Task<ConnectionMultiplexer> ConnectAsync(RedisServer redis) => await ConnectionMultiplexer.ConnectAsync($"{redis.EndPoint},allowAdmin=true");
}
