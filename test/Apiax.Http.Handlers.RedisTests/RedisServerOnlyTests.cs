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

    private static IReadOnlyList<TokenStoreCheck> Checks => TokenStoreContract.Checks;

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

    [TestCaseSource(nameof(Checks))]
    public Task A_cluster_follows_the_rules(TokenStoreCheck check) => RedisTokenStoreContractTests.RunAsync(check, _cluster!.Configuration);

    [TestCaseSource(nameof(Checks))]
    public Task The_rights_in_the_documentation_are_sufficient(TokenStoreCheck check) => RedisTokenStoreContractTests.RunAsync(check, $"{_restricted!.EndPoint},user=service,password=right");

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

    private static IEnumerable<string> Permissions()
    {
        var page = File.ReadAllText(Repository.PathOf("src", "Apiax.Http.Handlers.Redis", "README.md"));
        var line = page.Split('\n').Single(text => text.StartsWith("Redis ACL: ", StringComparison.Ordinal));
        return Quoted().Matches(line).Select(quoted => quoted.Groups["rule"].Value);
    }

    [GeneratedRegex("`(?<rule>[+~&][^`]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Quoted();
}
