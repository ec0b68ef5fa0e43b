namespace Apiax.Http.Handlers.Tests;

/// <summary>A provider of the application is called for any host.</summary>
[TestFixture]
internal sealed class HostlessTokensTests
{
    private static readonly Uri Api = new("https://api.apiax.io/");

    [Test]
    public async Task It_gives_the_tokens_with_a_host_and_without_and_counts_each_rejection_once()
    {
        var own = new TokensStub();
        var tokens = HostlessTokens.Of(own);

        var token = await tokens.GetTokenAsync();
        var (second, third) = (await tokens.ReplaceTokenAsync(token), await tokens.ReplaceTokenAsync(token, Api, CancellationToken.None));
        tokens.Accept(third!, Api);

        Assert.That((token.Value, second!.Value, third!.Value, (await tokens.GetTokenAsync(Api, CancellationToken.None)).Value), Is.EqualTo(("token-1", "token-2", "token-3", "token-3")));
        Assert.That((own.Rejected, tokens.Reject(token, Api), tokens.Reject(token, Api), tokens.IsWatched), Is.EqualTo((new[] { "token-1", "token-1" }, 1, 1, false)));
    }

    [Test]
    public async Task A_provider_that_distinguishes_hosts_is_not_wrapped()
    {
        await using var account = new Account();

        Assert.That(HostlessTokens.Of(account.Tokens), Is.SameAs(account.Tokens));
    }
}
