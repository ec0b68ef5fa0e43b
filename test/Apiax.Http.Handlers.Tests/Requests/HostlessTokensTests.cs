namespace Apiax.Http.Handlers.Tests;

/// <summary>A provider of the application is called for any host.</summary>
[TestFixture]
internal sealed class HostlessTokensTests
{
    private static readonly Uri Api = new("https://api.apiax.io/");

    [Test]
    public async Task It_gives_the_tokens_with_a_host_and_without()
    {
        var own = new TokensStub();
        var tokens = HostlessTokens.Of(own);

        var token = await tokens.GetTokenAsync();
        var (second, third) = (await tokens.ReplaceTokenAsync(token), await tokens.ReplaceTokenAsync(token, Api, CancellationToken.None));
        tokens.Accept(third!, Api);

        Assert.That((token.Value, second!.Value, third!.Value, (await tokens.GetTokenAsync(Api, CancellationToken.None)).Value), Is.EqualTo(("token-1", "token-2", "token-3", "token-3")));
        Assert.That((own.Rejected, tokens.IsWatched), Is.EqualTo((new[] { "token-1", "token-1" }, false)));
    }

    [Test]
    public async Task Rejections_are_counted_for_each_token_and_host_of_a_provider()
    {
        var own = new TokensStub();
        var (other, first) = (new Uri("https://api.apiax.io:8443/"), await own.GetTokenAsync());
        var second = await own.ReplaceTokenAsync(first);

        Assert.That(
            (Reject(first, Api), Reject(first, Api), Reject(first, other), Reject(second!, Api), Reject(new ApiaxAccessToken(first.Value, default), Api)),
            Is.EqualTo((1, 2, 1, 1, 3)));

        int Reject(ApiaxAccessToken token, Uri api) => HostlessTokens.Of(own).Reject(token, api);
    }

    /// <summary>Tokens and hosts may be many.</summary>
    [Test]
    public async Task A_hundred_counts_are_kept_at_most()
    {
        var tokens = HostlessTokens.Of(new TokensStub());
        var token = await tokens.GetTokenAsync();
        tokens.Reject(token, Api);

        for (var port = 1; port < 100; port++)
            tokens.Reject(token, new Uri($"https://api.apiax.io:{port}/"));

        Assert.That((tokens.Reject(token, Api), tokens.Reject(token, new Uri("https://api.apiax.io:100/")), tokens.Reject(token, Api)), Is.EqualTo((2, 1, 1)));
    }

    [Test]
    public async Task A_provider_that_distinguishes_hosts_is_not_wrapped()
    {
        await using var account = new Account();

        Assert.That(HostlessTokens.Of(account.Tokens), Is.SameAs(account.Tokens));
    }
}
