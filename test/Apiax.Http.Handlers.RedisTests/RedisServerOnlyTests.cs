using System.Text.RegularExpressions;
using Apiax.Http.Handlers.Testing;
using Apiax.Http.Handlers.Tests;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>What only redis-server can show: a cluster, and a user who may do no more than the package's page says.</summary>
[TestFixture]
internal sealed partial class RedisServerOnlyTests
{
    private RedisCluster? _cluster;
    private RedisServer? _restricted;

    private static IReadOnlyList<TokenStoreCheck> Checks => TokenStoreContract.Checks;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        if (!RedisServer.Kinds.Contains("redis-server", StringComparer.Ordinal))
            Assert.Ignore("redis-server is not on the path");

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
    public Task A_cluster_keeps_the_law(TokenStoreCheck check) => RedisTokenStoreContractTests.RunAsync(check, _cluster!.Configuration);

    [TestCaseSource(nameof(Checks))]
    public Task What_the_page_says_a_user_needs_is_enough(TokenStoreCheck check) => RedisTokenStoreContractTests.RunAsync(check, $"{_restricted!.EndPoint},user=service,password=right");

    private static IEnumerable<string> Permissions()
    {
        var page = File.ReadAllText(Repository.PathOf("src", "Apiax.Http.Handlers.Redis", "README.md"));
        var line = page.Split('\n').Single(text => text.StartsWith("Redis ACL: ", StringComparison.Ordinal));
        return Quoted().Matches(line).Select(quoted => quoted.Groups["rule"].Value);
    }

    [GeneratedRegex("`(?<rule>[+~&][^`]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Quoted();
}
