using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.IntegrationTests;

[TestFixture]
internal sealed class TransportTests
{
    private readonly FakeTimeProvider _time = new();

    [Test]
    public async Task Https_works_with_a_certificate_that_the_application_trusts()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        await using var application = OverHttps(server, trusting: true);

        Assert.That(await application.GetRulesAsync(), Is.EqualTo(200));
        Assert.That((server.Logins, server.ApiCallsPassed), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task No_password_is_sent_to_a_server_with_an_untrusted_certificate()
    {
        var time = new Clock();
        await using var server = await AuthorizationServer.StartAsync(time);
        await using var application = OverHttps(server, trusting: false, time);

        var failure = await time.PassPausesAsync(() => Assert.ThrowsAsync<ApiaxAuthException>(() => application.GetRulesAsync()));

        Assert.That(failure!.Reason, Is.EqualTo(ApiaxAuthFailure.Unavailable));
        Assert.That((server.TokenRequests.Count, server.ApiCalls.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task A_redirect_sends_no_token_to_another_host()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        await using var stranger = await Stranger.StartAsync();
        await using var application = Application.Of(server, _time);

        using var response = await application.Api.GetAsync(new Uri($"rules/moved?to={stranger.Address}", UriKind.Relative));

        Assert.Multiple(() =>
        {
            Assert.That((int)response.StatusCode, Is.EqualTo(401), "the stranger's answer, as it is");
            Assert.That(stranger.Authorizations, Is.EqualTo([""]));
            Assert.That((server.TokenRequests.Count, server.ApiCalls.Single().Status), Is.EqualTo((1, 302)));
        });
    }

    [Test]
    public async Task A_redirect_within_the_API_is_followed_with_the_same_token()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        await using var application = Application.Of(server, _time);

        using var response = await application.Api.GetAsync(new Uri("rules/moved?to=/rules", UriKind.Relative));

        Assert.That((int)response.StatusCode, Is.EqualTo(200));
        Assert.That(server.ApiCalls.Select(call => call.Status), Is.EqualTo([302, 401, 200]), "redirects strip the token");
        Assert.That(server.TokenRequests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_synchronous_call_signs_in_and_survives_a_revoked_token()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        await using var application = Application.Of(server, _time);

        var first = Send(application);
        await server.RevokeAccessTokensAsync();
        var second = Send(application);

        Assert.That((first, second, server.Logins, server.Refreshes), Is.EqualTo((200, 200, 1, 1)));
    }

    private static int Send(Application application)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "rules");
        using var response = application.Api.Send(request);
        return (int)response.StatusCode;
    }

    private Application OverHttps(AuthorizationServer server, bool trusting, TimeProvider? time = null) =>
        Application.Create(time ?? _time, server.SecureApiBaseAddress, services =>
        {
            services.AddApiaxAuth(options =>
            {
                options.TokenEndpoint = server.SecureTokenEndpoint;
                options.Username = server.Username;
                options.Password = server.Password;
                options.ApiHosts.Add(server.SecureApiBaseAddress.Authority);
            });
            if (!trusting)
                return;

            services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => RawClient.Trusting(server.Certificate));
            services.AddHttpClient("").ConfigurePrimaryHttpMessageHandler(() => RawClient.Trusting(server.Certificate));
        });
}
