namespace Apiax.Http.Handlers.IntegrationTests;

[TestFixture]
internal sealed class OutageTests
{
    private readonly Clock _time = new();

    [Test]
    public async Task A_valid_token_outlives_the_token_endpoint_and_the_session_outlives_the_outage()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        await using var application = Application.Of(server, _time);
        await application.GetRulesAsync();

        await server.StopAsync();
        _time.Advance(TimeSpan.FromMinutes(27));
        Assert.That(await application.GetRulesAsync(calls: 20), Is.All.EqualTo(200), "a refresh is due, and cannot be had");

        _time.Advance(TimeSpan.FromMinutes(4));
        var failure = await _time.PassPausesAsync(() => Assert.ThrowsAsync<ApiaxAuthException>(() => application.GetRulesAsync()));
        Assert.That(failure!.Reason, Is.EqualTo(ApiaxAuthFailure.Unavailable));
        Assert.That((server.TokenRequests.Count, server.ApiCallsPassed, server.ApiCallsRefused), Is.EqualTo((1, 21, 0)));

        await server.StartAgainAsync();
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.That(await application.GetRulesAsync(calls: 20), Is.All.EqualTo(200));
        Assert.That((server.Logins, server.Refreshes, server.InvalidGrants), Is.EqualTo((1, 1, 0)));
    }
}
