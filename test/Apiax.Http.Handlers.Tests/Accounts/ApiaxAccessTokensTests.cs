using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Without a container.</summary>
[TestFixture]
internal sealed class ApiaxAccessTokensTests
{
    [Test]
    public async Task A_provider_and_a_handler_are_sufficient()
    {
        await using var account = new Account();
        using var api = new ApiStub();
        using var http = new HttpClient(new BearerTokenHandler(account.Tokens, new ApiaxAuthOptions()) { InnerHandler = api });

        using var response = await http.GetAsync(new Uri("https://api.apiax.io/rules")).Soon();

        Assert.That(api.Tokens, Is.EqualTo(["access-1"]));
    }

    [Test]
    public void Wrong_settings_are_named()
    {
        var failure = Assert.Throws<OptionsValidationException>(() => ApiaxAccessTokens.Create(new ApiaxAuthOptions { Username = "anna", ClientId = "" }));

        Assert.That(failure.Failures.Select(line => line.Split(' ')[0]), Is.EquivalentTo(["ClientId", "Password"]));
    }

    [Test]
    public async Task Settings_that_change_afterwards_have_no_effect()
    {
        ApiaxAuthOptions? options = null;
        await using var account = new Account(all => options = all);
        options!.Username = "ben";

        await account.GetAsync();

        Assert.That(account.Endpoint.Forms.Single()["username"], Is.EqualTo("anna"));
    }

    [Test]
    public async Task The_callers_handler_is_not_disposed_and_follows_no_redirect()
    {
        await using var server = new LoopbackServer(request => request.Path == "/token" ? LoopbackServer.RedirectTo("/elsewhere") : LoopbackServer.Ok);
        using var handler = new SocketsHttpHandler();
        var options = new ApiaxAuthOptions { Username = "anna", Password = "right", TokenEndpoint = new Uri($"http://127.0.0.1:{server.Port}/token") };
        await using (var tokens = ApiaxAccessTokens.Create(options, handler: handler))
            await Waiting.FailureOf(tokens.GetTokenAsync());

        using var http = new HttpMessageInvoker(handler, disposeHandler: false);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{server.Port}/still-works");
        using var response = await http.SendAsync(request, default).Soon();

        Assert.That(server.Requests.Select(call => call.Path), Is.EqualTo(["/token", "/still-works"]));
    }
}
