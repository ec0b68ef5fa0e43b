namespace Apiax.Http.Handlers.IntegrationTests;

[TestFixture]
internal sealed class LoginTests
{
    private readonly Clock _time = new();

    [Test]
    public async Task Many_calls_take_one_login()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        await using var application = Application.Of(server, _time);

        var answers = await application.GetRulesAsync(calls: 200);

        Assert.Multiple(() =>
        {
            Assert.That(answers, Is.All.EqualTo(200));
            Assert.That((server.TokenRequests.Count, server.Logins), Is.EqualTo((1, 1)));
            Assert.That((server.ApiCallsPassed, server.ApiCallsRefused), Is.EqualTo((200, 0)));
        });
    }

    [Test]
    public async Task A_login_sends_what_Apiax_documents_and_nothing_else()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        await using var application = Application.Of(server, _time);

        await application.GetRulesAsync();

        Assert.That(server.TokenRequests.Single().Parameters, Is.EquivalentTo(["client_id", "grant_type", "username", "password"]));
    }

    [Test]
    public async Task A_wrong_password_is_sent_twice_and_the_API_is_not_called()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        await using var application = Application.Of(server, _time, options =>
        {
            // The second try comes within the 8 seconds that remain besides an attempt.
            (options.Password, options.TokenTimeout) = ("wrong", TimeSpan.FromSeconds(18));
        });

        var failures = await _time.PassPausesAsync(() => Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Assert.ThrowsAsync<ApiaxAuthException>(() => application.GetRulesAsync()))));
        var later = await Assert.ThrowsAsync<ApiaxAuthException>(() => application.GetRulesAsync());

        Assert.Multiple(() =>
        {
            Assert.That(failures.Append(later).Select(failure => (failure!.Reason, failure.Error)), Is.All.EqualTo((ApiaxAuthFailure.CredentialsRejected, "invalid_grant")));
            Assert.That((server.TokenRequests.Count, server.ApiCalls.Count), Is.EqualTo((2, 0)));
        });
    }
}
