using Apiax.Http.Handlers.Testing;

namespace Apiax.Http.Handlers.RedisTests;

[TestFixtureSource(typeof(RedisServer), nameof(RedisServer.Kinds))]
internal sealed class RedisTokenStoreContractTests(string kind)
{
    private readonly RedisServer _redis = RedisServer.Start(kind);

    private static IReadOnlyList<TokenStoreCheck> Checks => TokenStoreContract.Checks;

    [OneTimeTearDown]
    public void End() => _redis.Dispose();

    [TestCaseSource(nameof(Checks))]
    public async Task The_store_follows_the_rules(TokenStoreCheck check)
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, $"{_redis.EndPoint}");
        await check.RunAsync(app.Store, span => Task.Delay(span, TimeProvider.System));
    }
}
