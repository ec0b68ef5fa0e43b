using System.Net;
using Apiax.Http.Handlers.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests.TokenEndpoint;

/// <summary>The end of a Keycloak session: neither token is valid for longer than the session.</summary>
[TestFixture]
internal sealed class SessionEndTests
{
    [TestCase(10, 34)]
    [TestCase(null, 1)]
    public async Task Fourteen_days_cost_one_login_for_each_session_without_a_wait_or_a_refusal(int? sessionHours, int logins)
    {
        using var realm = new Realm(sessionHours is { } hours ? TimeSpan.FromHours(hours) : TimeSpan.FromDays(15));
        await using var tokens = ApiaxAccessTokens.Create(new ApiaxAuthOptions { Username = "anna", Password = "right" }, handler: realm, timeProvider: realm.Time);
        var token = await tokens.GetTokenAsync().Soon();
        var end = realm.Time.GetUtcNow().AddDays(14);

        while (realm.Time.GetUtcNow() < end)
        {
            realm.Time.SetUtcNow(token.RefreshOn);
            var call = tokens.GetTokenAsync().AsTask();
            Assert.That(call.IsCompletedSuccessfully, "a caller waits");
            token = await RefreshedAsync(tokens, token);
        }

        Assert.That((realm.Logins, realm.Refused), Is.EqualTo((logins, 0)).Or.EqualTo((logins + (sessionHours is null ? 0 : 1), 0)));
    }

    [Test]
    public async Task If_the_login_fails_the_old_session_is_used_to_its_end_and_the_password_is_not_sent_again()
    {
        using var realm = new Realm(TimeSpan.FromHours(1));
        await using var tokens = ApiaxAccessTokens.Create(new ApiaxAuthOptions { Username = "anna", Password = "right" }, handler: realm, timeProvider: realm.Time);
        var token = await tokens.GetTokenAsync().Soon();
        realm.RefusesLogins = true;

        for (var refresh = 0; refresh < 4; refresh++)
        {
            realm.Time.SetUtcNow(token.RefreshOn);
            Assert.That(tokens.GetTokenAsync().AsTask().IsCompletedSuccessfully, "a caller waits");
            token = await RefreshedAsync(tokens, token);
        }

        Assert.That(realm.Logins, Is.InRange(2, 4));
        Assert.That(realm.Refused, Is.Zero);
    }

    [Test]
    public async Task A_session_whose_idle_time_is_shorter_than_the_token_lifetime_continues_without_a_401()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var apiax = await ApiaxSandbox.StartAsync(new ApiaxSandboxOptions { TimeProvider = time, TokenLifetime = TimeSpan.FromSeconds(30), SessionIdle = TimeSpan.FromSeconds(10) });
        apiax.StubApi("/rules");
        var options = new ApiaxAuthOptions();
        apiax.Configure(options);
        await using var tokens = ApiaxAccessTokens.Create(options, timeProvider: time);
        using var http = new HttpClient(new BearerTokenHandler(tokens, options) { InnerHandler = new SocketsHttpHandler() }) { BaseAddress = apiax.BaseAddress };
        var token = await tokens.GetTokenAsync().Soon();

        for (var refresh = 0; refresh < 30; refresh++)
        {
            time.SetUtcNow(token.RefreshOn);
            using var answer = await http.GetAsync(new Uri("rules", UriKind.Relative)).Soon();
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            token = await RefreshedAsync(tokens, token);
        }

        Assert.That((apiax.Logins, apiax.UnauthorizedCalls, apiax.TokenRequests.Count), Is.EqualTo((1, 0, 31)));
        Assert.That(apiax.TokenRequests.Select(request => request.Outcome), Is.All.EqualTo(SandboxTokenOutcome.Granted));
    }

    private static async Task<ApiaxAccessToken> RefreshedAsync(ApiaxAccessTokenProvider tokens, ApiaxAccessToken old)
    {
        var token = old;
        await Waiting.UntilAsync(async () => !(token = await tokens.GetTokenAsync().Soon()).Equals(old), "it is not refreshed");
        return token;
    }

    private sealed class Realm(TimeSpan sessionMax) : HttpMessageHandler
    {
        private static readonly TimeSpan Life = TimeSpan.FromMinutes(30);
        private DateTimeOffset _sessionEnd;
        private int _issued;

        public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

        public int Logins { get; private set; }

        public int Refused { get; private set; }

        public bool RefusesLogins { get; set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var form = await request.Content!.ReadAsStringAsync(cancellationToken);
            var now = Time.GetUtcNow();
            if (form.Contains("grant_type=password", StringComparison.Ordinal))
            {
                Logins++;
                if (RefusesLogins)
                    return new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = new StringContent("""{"error":"invalid_grant"}""") };
                _sessionEnd = now + sessionMax;
            }
            else if (now >= _sessionEnd)
            {
                Refused++;
                return new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = new StringContent("""{"error":"invalid_grant"}""") };
            }

            var left = (long)(_sessionEnd - now).TotalSeconds;
            var (access, refresh) = (Math.Min((long)Life.TotalSeconds, left), Math.Min(2 * (long)Life.TotalSeconds, left));
            return new HttpResponseMessage { Content = new StringContent($$"""{"access_token":"a{{++_issued}}","expires_in":{{access}},"refresh_token":"r{{_issued}}","refresh_expires_in":{{refresh}}}""") };
        }
    }
}
