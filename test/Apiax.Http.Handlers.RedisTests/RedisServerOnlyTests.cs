using System.Text.RegularExpressions;
using Apiax.Http.Handlers.Testing;
using Apiax.Http.Handlers.Tests;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>What only redis-server can show: a cluster, and a user with only the rights that the package's page names.</summary>
[TestFixture]
internal sealed partial class RedisServerOnlyTests
{
    private RedisCluster? _cluster;
    private RedisServer? _restricted;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        RedisServer.Require("redis-server");
        _cluster = await RedisCluster.StartAsync();
        _restricted = RedisServer.Start("redis-server", ["--user", "service", "on", ">right", .. Permissions().SelectMany(rule => rule.Split(' '))]);
    }

    [OneTimeTearDown]
    public void End()
    {
        _cluster?.Dispose();
        _restricted?.Dispose();
    }

    [Test]
    public Task A_cluster_follows_the_rules() => RunAllAtOnceAsync(_cluster!.Configuration);

    [Test]
    public Task The_rights_in_the_documentation_are_sufficient() => RunAllAtOnceAsync($"{_restricted!.EndPoint},user=service,password=right");

    [Test]
    public async Task An_account_whose_slot_migrates_is_read_and_written_all_the_time()
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, _cluster!.Configuration);
        var (account, version, aMinute) = (new string('e', 64), 0, TimeSpan.FromMinutes(1));

        await WriteAsync("before");
        await _cluster.MigrateAsync($"apiax:v2:{{{account}}}", WriteAsync);

        async Task WriteAsync(string when)
        {
            var begun = await app.Store.BeginAsync(account, new TokenStoreBegin { KnownVersion = version, Owner = "owner", Number = version, Silence = aMinute }, CancellationToken.None);
            var commit = new TokenStoreCommit { Owner = "owner", Number = version, ExpectedVersion = version, Version = version + 1, Content = new byte[] { 1 }, Keep = aMinute, ReleasesClaim = true };
            var written = await app.Store.CommitAsync(account, commit, CancellationToken.None);
            Assert.That((begun.Version, begun.Turn, begun.HasClaim, written.Version), Is.EqualTo((version, TokenStoreTurn.Caller, version > 0, version + 1)), when);
            version++;
        }
    }

    private static async Task RunAllAtOnceAsync(string redis)
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, redis);
        await Task.WhenAll(TokenStoreContract.Checks.Select(check => check.RunAsync(app.Store, span => Task.Delay(span, TimeProvider.System))));
    }

    private static IEnumerable<string> Permissions()
    {
        var page = File.ReadAllText(Repository.PathOf("src", "Apiax.Http.Handlers.Redis", "README.md"));
        var line = page.Split('\n').Single(text => text.StartsWith("Redis ACL: ", StringComparison.Ordinal));
        return Quoted().Matches(line).Select(quoted => quoted.Groups["rule"].Value);
    }

    [GeneratedRegex("`(?<rule>[+~&][^`]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Quoted();
}
