using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers.Tests;

/// <summary>A handler that is created without a container.</summary>
[TestFixture]
internal sealed class BearerTokenHandlerTests
{
    [Test]
    public void It_needs_tokens_and_settings() => Assert.Multiple(() =>
    {
        Assert.That(() => Make(null!, new ApiaxAuthOptions()), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("tokens"));
        Assert.That(() => Make(new TokensStub(), null!), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("options"));
    });

    [Test]
    public void A_wrong_setting_is_named() =>
        Assert.That(() => Make(new TokensStub(), new ApiaxAuthOptions { ApiHosts = { "https://api.apiax.io" } }), Throws.TypeOf<OptionsValidationException>().With.Message.Contains("ApiHosts[0]"));

    [Test]
    public async Task A_caller_that_waits_for_a_token_is_not_blocked()
    {
        var token = new TaskCompletionSource<ApiaxAccessToken>();
        using var client = new HttpMessageInvoker(new BearerTokenHandler(new LateToken(token.Task), new ApiaxAuthOptions()) { InnerHandler = new ApiStub() });
        Task<HttpResponseMessage>? sending = null;

        await Task.Run(() => { sending = client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules"), CancellationToken.None); }).Soon();

        token.SetResult(new ApiaxAccessToken("token", DateTimeOffset.MaxValue, DateTimeOffset.MaxValue));
        Assert.That((await sending!.Soon()).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    /// <summary>Such a result cannot be read before it is there.</summary>
    [Test]
    public async Task A_blocked_caller_gets_a_pooled_result()
    {
        var channel = Channel.CreateUnbounded<int>();
        var waiting = Task.Run(() => Blocking.Wait(channel.Reader.ReadAsync()));
        await Waiting.SettleAsync();

        channel.Writer.TryWrite(7);

        Assert.That(await waiting.Soon(), Is.EqualTo(7));
    }

    private static void Make(IApiaxAccessTokenProvider tokens, ApiaxAuthOptions options) => new BearerTokenHandler(tokens, options).Dispose();

    private sealed class LateToken(Task<ApiaxAccessToken> token) : IApiaxAccessTokenProvider
    {
        public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => new(token);

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) => default;
    }
}
