using Apiax.Http.Handlers.Tests.Doubles;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using static Apiax.Http.Handlers.Tests.Doubles.Answers;

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

    [Test]
    public async Task Two_providers_of_one_user_sign_in_one_after_the_other()
    {
        var (time, inside, most) = (new ManualClock(), 0, 0);
        using var endpoint = new ScriptedTokenEndpoint(time, async cancellationToken =>
        {
            most = Math.Max(most, ++inside);
            await Task.Delay(TimeSpan.FromSeconds(2), time, cancellationToken);
            inside--;
            return await Token()(cancellationToken);
        });
        await using var rules = Create("rules");
        await using var files = Create("files");

        await time.PassUntilAsync(Task.WhenAll(rules.GetTokenAsync().AsTask(), files.GetTokenAsync().AsTask()));

        Assert.That((most, endpoint.Received.Count), Is.EqualTo((1, 2)));

        ApiaxAccessTokenProvider Create(string scope) =>
            ApiaxAccessTokens.Create(new ApiaxAuthOptions { Username = "anna", Password = "right", Scope = scope }, handler: endpoint, timeProvider: time);
    }

    [Test]
    public async Task A_password_that_was_rejected_in_a_container_is_not_sent_by_a_provider_without_one()
    {
        await using var app = new App(services => services.AddHttpClient("rules").AddApiaxAuth(App.Anna));
        app.Endpoint.Passwords.Add("another");
        await Waiting.FailureOf<ApiaxAuthException>(app.GetAsync());
        await using var tokens = ApiaxAccessTokens.Create(
            new ApiaxAuthOptions { Username = "ANNA", Password = "right", Scope = "files" }, handler: app.Endpoint, timeProvider: app.Time);

        var failure = await Waiting.FailureOf(tokens.GetTokenAsync());

        Assert.That((failure.Reason, app.Endpoint.Requests), Is.EqualTo((ApiaxAuthFailure.CredentialsRejected, 1)));
    }
}
