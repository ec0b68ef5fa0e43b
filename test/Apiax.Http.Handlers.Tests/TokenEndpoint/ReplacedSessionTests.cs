using Apiax.Http.Handlers.Testing;
using Apiax.Http.Handlers.Tests.Doubles;
using Microsoft.Extensions.Logging.Testing;
using static Apiax.Http.Handlers.Tests.Doubles.Answers;

namespace Apiax.Http.Handlers.Tests;

/// <summary>A login opens a session. The session that it replaces is ended if it is no longer used; no other session is ended.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ReplacedSessionTests
{
    private static readonly Answer LoggedOut = Empty(204);

    private readonly ManualClock _time = new();
    private readonly FakeLogger _log = new();
    private readonly ApiaxAuthOptions _options = new() { Username = "user", Password = "password" };

    private static IEnumerable<TestCaseData<bool, bool, Answer[]>> Replaced =>
    [
        new(true, false, [Token()]) { TestName = "{m}(its end was seen coming)" },
        new(false, false, [Empty(400), Token()]) { TestName = "{m}(refused without a reason)" },
        new(false, true, [Page(403), Token()]) { TestName = "{m}(a firewall dislikes refreshes)" },
    ];

    private static IEnumerable<TestCaseData<bool, Answer[]>> NotReplaced =>
    [
        new(false, [Error(400, "invalid_grant"), Token()]) { TestName = "{m}(the server says that it is over)" },
        new(false, [Token()]) { TestName = "{m}(it is refreshed)" },
        new(true, [Error(400, "invalid_client"), Token()]) { TestName = "{m}(the password brings no other)" },
        new(false, [Empty(400), Error(400, "invalid_client")]) { TestName = "{m}(neither brings a token)" },
    ];

    [TestCaseSource(nameof(Replaced))]
    public async Task It_is_ended_by_its_own_refresh_token(bool isSessionEnding, bool isPasswordDue, Answer[] answers)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, [.. answers, LoggedOut]);
        var result = await FlyAsync(endpoint, isSessionEnding, isPasswordDue);
        await Waiting.UntilAsync(() => Task.FromResult(_log.Collector.Count > 0), "it is not ended");

        var logout = endpoint.Received[^1];
        Assert.That(_log.LatestRecord.Id.Name, Is.EqualTo("SignedOut"));
        Assert.That((result.Tokens!.RefreshToken, logout.Url), Is.EqualTo(("r1", new Uri(ApiaxAuthDefaults.TokenEndpoint, "logout"))));
        Assert.That(logout.Form, Is.EquivalentTo(new Dictionary<string, string>(StringComparer.Ordinal) { ["client_id"] = "integration-api", ["refresh_token"] = "r0" }));
    }

    [Test]
    public async Task The_handler_of_the_request_is_given_back()
    {
        using var endpoint = new TokenEndpointStub();

        await new SessionEnd(() => endpoint, _time, _log).EndReplacedAsync(_options, "r0");

        Assert.That((endpoint.Revocations.Count, endpoint.IsDisposed), Is.EqualTo((1, true)));
    }

    [Test]
    public async Task On_a_server_without_a_known_logout_it_stays_open_without_a_warning()
    {
        _options.TokenEndpoint = new Uri("https://auth.apiax.io/token");
        using var endpoint = new TokenEndpointStub();

        await new SessionEnd(() => endpoint, _time, _log).EndReplacedAsync(_options, "r0");

        Assert.That((endpoint.Revocations.Count, _log.Collector.Count), Is.EqualTo((0, 0)));
    }

    [TestCaseSource(nameof(NotReplaced))]
    public async Task Otherwise_nothing_is_ended(bool isSessionEnding, Answer[] answers)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, [.. answers, LoggedOut]);
        await FlyAsync(endpoint, isSessionEnding, isPasswordDue: false);
        await Waiting.SettleAsync();

        Assert.That(endpoint.Received.Select(request => request.Url), Is.All.EqualTo(ApiaxAuthDefaults.TokenEndpoint).And.Exactly(answers.Length).Items);
        Assert.That(_log.Collector.GetSnapshot(), Is.Empty);
    }

    /// <summary>With a Keycloak from before December 2024, where a revocation would end the sessions of all replicas.</summary>
    [TestCase(null, 2)]
    [TestCase("revoke", 3)]
    public async Task The_sessions_of_other_replicas_continue(string? revocation, int sessions)
    {
        await using var apiax = await ApiaxSandbox.StartAsync(new ApiaxSandboxOptions { TimeProvider = _time, KeycloakVersion = new Version(24, 0), SessionMax = TimeSpan.FromMinutes(50) });
        apiax.Configure(_options);
        if (revocation is not null)
            _options.RevocationEndpoint = new Uri(apiax.TokenEndpoint, revocation);
        await using var sister = ApiaxAccessTokens.Create(_options, timeProvider: _time);
        await using var tokens = ApiaxAccessTokens.Create(_options, timeProvider: _time);
        var token = await tokens.GetTokenAsync().Soon();
        _time.Advance(TimeSpan.FromSeconds(1));
        await sister.GetTokenAsync().Soon();

        while (apiax.Logins < 3)
        {
            var old = token;
            _time.SetUtcNow(token.RefreshOn);
            await Waiting.UntilAsync(async () => !(token = await tokens.GetTokenAsync().Soon()).Equals(old), "it is not refreshed");
        }

        await tokens.DisposeAsync().AsTask().Soon();
        Assert.That(apiax.Sessions, Is.EqualTo(sessions));
        Assert.That(await sister.GetTokenAsync().Soon(), Is.Not.Null);
        Assert.That(apiax.TokenRequests.Select(request => request.Outcome), Is.All.EqualTo(SandboxTokenOutcome.Granted));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task While_calls_may_be_using_its_token_it_is_not_ended_except_with_the_process_and_by_nothing_that_may_end_others(bool isRevocation)
    {
        if (isRevocation)
            _options.RevocationEndpoint = new Uri("https://auth.apiax.io/revoke");
        using var endpoint = new ScriptedTokenEndpoint(_time, Session(1, 1800), Session(2, 1200), Session(3, 1800), LoggedOut);
        var tokens = ApiaxAccessTokens.Create(_options, handler: endpoint, timeProvider: _time);
        var token = await tokens.GetTokenAsync().Soon();
        for (var generation = 2; generation <= 3; generation++)
        {
            _time.SetUtcNow(token.RefreshOn);
            await Waiting.UntilAsync(async () => (token = await tokens.GetTokenAsync().Soon()).Value == $"t{generation}", "there is no other token");
        }

        await Waiting.SettleAsync();
        Assert.That(endpoint.GrantTypes, Is.EqualTo("password refresh_token password"));

        await tokens.DisposeAsync().AsTask().Soon();
        Assert.That(endpoint.Received.Skip(3).Select(request => request.Form["refresh_token"]), Is.EqualTo(isRevocation ? [] : new[] { "r2" }));

        static Answer Session(int number, int life) => Token($$"""{"access_token":"t{{number}}","expires_in":1800,"refresh_token":"r{{number}}","refresh_expires_in":{{life}}}""");
    }

    private async Task<FlightResult> FlyAsync(ScriptedTokenEndpoint endpoint, bool isSessionEnding, bool isPasswordDue)
    {
        var now = _time.GetUtcNow();
        var last = new TokenSet(new ApiaxAccessToken("t0", now.AddMinutes(-1), now.AddMinutes(-2)), "r0", now.AddMinutes(30), now) { IsSessionEnding = isSessionEnding };
        var sessions = new SessionEnd(() => endpoint, _time, _log);
        var acquisition = new TokenAcquisition(
            new TokenClient(() => endpoint, _time), new ScriptedCredentials(), () => _options, _time, _log);
        var result = await _time.PassUntilAsync(acquisition.FlyAsync(new FlightPlan(last, CoolDown: null) { IsPasswordDueAt = (_, _) => isPasswordDue }, CancellationToken.None));
        new SupersededSessions(token => sessions.EndReplacedAsync(_options, token), _time).Add(result.Superseded);
        return result;
    }
}
