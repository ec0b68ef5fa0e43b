using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers.Tests;

/// <summary>A handler that somebody makes without a container.</summary>
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

    private static void Make(IAccessTokenProvider tokens, ApiaxAuthOptions options) => new BearerTokenHandler(tokens, options).Dispose();
}
