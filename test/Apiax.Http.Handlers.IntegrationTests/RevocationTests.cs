using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.IntegrationTests;

[TestFixture]
internal sealed class RevocationTests
{
    private readonly FakeTimeProvider _time = new();

    [Test]
    [Repeat(5)]
    public async Task Tokens_revoked_under_two_hundred_calls_take_one_refresh_and_no_call_fails()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        await using var application = Application.Of(server, _time);
        await application.GetRulesAsync();

        var answers = await DuringCallsAsync(server, application, server.RevokeAccessTokensAsync);

        Assert.Multiple(() =>
        {
            Assert.That(answers, Is.All.EqualTo(200));
            Assert.That((server.TokenRequests.Count, server.Logins, server.Refreshes), Is.EqualTo((2, 1, 1)));
            Assert.That((server.ApiCallsPassed, server.ApiCallsRefused), Is.EqualTo((201, 200)));
        });
    }

    [Test]
    [Repeat(5)]
    public async Task A_session_ended_under_two_hundred_calls_takes_a_refused_refresh_and_a_login_and_no_call_fails()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        await using var application = Application.Of(server, _time);
        await application.GetRulesAsync();

        var answers = await DuringCallsAsync(server, application, server.EndSessionsAsync);

        Assert.Multiple(() =>
        {
            Assert.That(answers, Is.All.EqualTo(200));
            Assert.That((server.TokenRequests.Count, server.Logins, server.Refreshes, server.InvalidGrants), Is.EqualTo((3, 2, 0, 1)));
            Assert.That((server.ApiCallsPassed, server.ApiCallsRefused), Is.EqualTo((201, 200)));
        });
    }

    [Test]
    public async Task A_body_is_sent_again_completely()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        await using var application = Application.Of(server, _time);
        await application.GetRulesAsync();
        await server.RevokeAccessTokensAsync();

        var body = new string('x', 100_000);
        using var content = new StringContent(body);
        using var response = await application.Api.PostAsync(new Uri("rules/echo", UriKind.Relative), content);

        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo(body));
        Assert.That(server.ApiCalls.Select(call => call.Status), Is.EqualTo([200, 401, 200]));
    }

    /// <summary>Two hundred calls with the old token have reached the API when something happens to the token.</summary>
    private static async Task<int[]> DuringCallsAsync(AuthorizationServer server, Application application, Func<Task> something)
    {
        using var held = server.HoldApiCalls(expected: 200);
        var calls = application.GetRulesAsync(calls: 200);
        await held.Arrived;
        await something();
        held.Open();
        return await calls;
    }
}
