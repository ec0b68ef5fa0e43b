using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>Apiax documents it for a refresh; some servers refuse it there.</summary>
[TestFixture]
internal sealed class ClientAssertionTypeTests
{
    private static readonly TimeSpan OverExpiry = TimeSpan.FromMinutes(31);

    private readonly FakeTimeProvider _time = new();

    [Test]
    public async Task A_refresh_sends_what_Apiax_documents_and_nothing_else()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        await using var application = Application.Of(server, _time);

        await application.GetRulesAsync();
        _time.Advance(OverExpiry);
        await application.GetRulesAsync();

        Assert.That(server.TokenRequests[^1].Parameters, Is.EquivalentTo(["client_id", "grant_type", "client_assertion_type", "refresh_token"]));
        Assert.That((server.Logins, server.Refreshes), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task If_it_is_off_a_server_that_rejects_it_works()
    {
        await using var server = await AuthorizationServer.StartAsync(_time, options => options.RejectClientAssertionType = true);
        await using var application = Application.Of(server, _time, options => options.SendClientAssertionType = false);

        await application.GetRulesAsync();
        _time.Advance(OverExpiry);
        var answer = await application.GetRulesAsync();

        Assert.That(server.TokenRequests[^1].Parameters, Is.EquivalentTo(["client_id", "grant_type", "refresh_token"]));
        Assert.That((answer, server.Logins, server.Refreshes), Is.EqualTo((200, 1, 1)));
    }

    [Test]
    public async Task If_it_is_on_it_is_omitted_after_one_refusal_without_a_login_or_a_failed_call()
    {
        await using var server = await AuthorizationServer.StartAsync(_time, options => options.RejectClientAssertionType = true);
        await using var application = Application.Of(server, _time);

        var answers = new List<int>();
        for (var generation = 0; generation < 4; generation++)
        {
            answers.Add(await application.GetRulesAsync());
            _time.Advance(OverExpiry);
        }

        Assert.That(answers, Is.All.EqualTo(200));
        Assert.That((server.Logins, server.Refreshes), Is.EqualTo((1, 3)));
        Assert.That(server.TokenRequests.Select(request => request.Error), Is.EqualTo([null, "invalid_request", null, null, null]));
        Assert.That(server.TokenRequests.Skip(2).SelectMany(request => request.Parameters), Does.Not.Contain("client_assertion_type"));
    }

    [Test]
    public async Task An_ended_session_does_not_count_as_its_refusal()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        await using var application = Application.Of(server, _time);
        await application.GetRulesAsync();
        await server.EndSessionsAsync();
        _time.Advance(OverExpiry);
        await application.GetRulesAsync();
        _time.Advance(OverExpiry);
        await application.GetRulesAsync();

        Assert.That(server.TokenRequests.Select(request => request.Error), Is.EqualTo([null, "invalid_grant", null, null]));
        Assert.That(server.TokenRequests[^1].Parameters, Does.Contain("client_assertion_type"));
    }
}
