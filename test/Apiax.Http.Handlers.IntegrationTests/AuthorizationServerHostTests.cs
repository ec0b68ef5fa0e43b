using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>The server as a host: its clock, its certificate, its restarts, its counters.</summary>
[TestFixture]
internal sealed class AuthorizationServerHostTests
{
    private readonly FakeTimeProvider _time = new();

    [Test]
    public async Task Client_assertion_type_alone_is_rejected_as_OpenIddict_does_by_itself()
    {
        await using var server = await AuthorizationServer.StartAsync(_time, options => options.RejectClientAssertionType = true);
        using var client = new RawClient(server);

        var refused = await client.RefreshAsync(await client.LoginAsync());

        Assert.That((refused.Status, refused.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_request")));
    }

    [Test]
    public async Task A_restart_keeps_sessions_and_the_API_stays_available()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        using var client = new RawClient(server);
        var token = await client.LoginAsync();

        await server.StopAsync();
        var meanwhile = await client.CallApiAsync(token);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.RefreshAsync(token));
        await server.StartAgainAsync();
        var refreshed = await client.RefreshAsync(token);

        Assert.That((meanwhile, refreshed.Error, server.TokenRequests.Count), Is.EqualTo((HttpStatusCode.OK, (string?)null, 2)));
    }

    [Test]
    public async Task Http_and_https_give_the_same_tokens_and_only_this_application_trusts_the_certificate()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        using var client = new RawClient(server);
        using var stranger = new HttpClient();

        var token = await client.LoginAsync();
        var secure = await client.CallApiAsync(token, server.SecureApiBaseAddress);

        Assert.That(secure, Is.EqualTo(HttpStatusCode.OK));
        await Assert.ThrowsAsync<HttpRequestException>(() => stranger.GetAsync(server.SecureTokenEndpoint));
    }

    [Test]
    public async Task Two_hundred_calls_at_once_are_counted_exactly()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        using var client = new RawClient(server);
        var token = await client.LoginAsync();

        using var gate = server.HoldApiCalls(200);
        var calls = Enumerable.Range(0, 200).Select(number => client.CallApiAsync(number % 2 == 0 ? token : null)).ToArray();
        await gate.Arrived;
        gate.Open();
        await Task.WhenAll(calls);

        Assert.That((server.ApiCallsPassed, server.ApiCallsRefused), Is.EqualTo((100, 100)));
    }

    [Test]
    public async Task The_Date_header_is_the_servers_own_clock()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        using var client = new HttpClient();
        using var response = await client.GetAsync(server.TokenEndpoint);

        Assert.That(response.Headers.Date, Is.EqualTo(_time.GetUtcNow()).Within(TimeSpan.FromSeconds(1)));
    }
}
