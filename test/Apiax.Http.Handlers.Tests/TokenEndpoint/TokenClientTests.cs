using Apiax.Http.Handlers.Tests.Doubles;
using static Apiax.Http.Handlers.Tests.Doubles.Answers;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TokenClientTests
{
    private readonly ManualClock _time = new();
    private readonly ApiaxAuthOptions _options = new();

    [Test]
    public async Task A_login_is_the_form_of_the_password_grant() =>
        Assert.That(await LoginFormAsync(), Is.EquivalentTo(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["client_id"] = "integration-api",
            ["grant_type"] = "password",
            ["username"] = "user",
            ["password"] = "pä&= +%ss",
        }));

    [Test]
    public async Task A_refresh_is_the_form_of_the_refresh_grant() =>
        Assert.That(await RefreshFormAsync(), Is.EquivalentTo(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["client_id"] = "integration-api",
            ["grant_type"] = "refresh_token",
            ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ["refresh_token"] = "r0",
        }));

    [Test]
    public async Task The_assertion_type_can_be_omitted()
    {
        _options.SendClientAssertionType = false;

        Assert.That(await RefreshFormAsync(), Does.Not.ContainKey("client_assertion_type").And.ContainKey("refresh_token"));
    }

    [Test]
    public async Task Client_and_scope_are_those_of_the_settings()
    {
        (_options.ClientId, _options.Scope) = ("mine", "rules read");
        var (login, refresh) = (await LoginFormAsync(), await RefreshFormAsync());

        // Not in a refresh: a scope that the login was not granted would be refused.
        Assert.That((login["client_id"], login["scope"], refresh["client_id"], refresh.ContainsKey("scope")), Is.EqualTo(("mine", "rules read", "mine", false)));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase(" ")]
    public async Task An_empty_scope_is_not_sent(string? scope)
    {
        _options.Scope = scope;

        Assert.That(await LoginFormAsync(), Does.Not.ContainKey("scope"));
    }

    [Test]
    public async Task It_is_posted_to_the_token_endpoint_without_other_identification()
    {
        _options.TokenEndpoint = new Uri("https://auth.example/token?realm=x");
        using var endpoint = new ScriptedTokenEndpoint(_time, Token());
        await LoginAsync(endpoint);
        await RefreshAsync(endpoint);

        Assert.That(
            endpoint.Received.Select(request => (request.Method, request.Url, request.Headers, request.ContentType)),
            Is.All.EqualTo((HttpMethod.Post, _options.TokenEndpoint, $"Accept: application/json\nUser-Agent: Apiax.Http.Handlers/{ApiaxAuthDiagnostics.Version}", "application/x-www-form-urlencoded")).And.Exactly(2).Items);
    }

    [Test]
    public async Task Lifetimes_count_from_before_the_request()
    {
        var tokens = await LoginAsync("""{"access_token":"t1","expires_in":1800,"refresh_token":"r1"}""", tookSeconds: 3);

        Assert.Multiple(() =>
        {
            Assert.That(tokens.AccessToken.ExpiresOn, Is.EqualTo(After(1799)));
            Assert.That(tokens.LoggedInOn, Is.EqualTo(ManualClock.Noon));
            Assert.That(tokens.RefreshTokenExpiresOn, Is.EqualTo(ManualClock.Noon.AddDays(14)));
            Assert.That(tokens.AccessToken.RefreshOn, Is.InRange(After(1319), After(1499)));
        });
    }

    [TestCase(-3600)]
    [TestCase(0)]
    [TestCase(86400)]
    public async Task A_wrong_local_clock_does_not_change_an_absolute_lifetime(double serverAhead)
    {
        var server = After(serverAhead);
        using var endpoint = new ScriptedTokenEndpoint(
            _time, Token($$"""{"access_token":"t1","expires_in":{{server.AddSeconds(600).ToUnixTimeMilliseconds()}}}""").With(headers => headers.Date = server));

        Assert.That((await LoginAsync(endpoint)).AccessToken.ExpiresOn, Is.EqualTo(After(599)));
    }

    [Test]
    public async Task Without_the_server_s_date_our_own_counts() =>
        Assert.That((await LoginAsync($$"""{"access_token":"t1","expires_at":{{After(600).ToUnixTimeSeconds()}}}""")).AccessToken.ExpiresOn, Is.EqualTo(After(599)));

    [Test]
    public async Task Tokens_of_one_lifetime_are_not_all_refreshed_at_the_same_instant()
    {
        var refreshes = new HashSet<DateTimeOffset>();
        for (var i = 0; i < 10; i++)
            refreshes.Add((await LoginAsync(Bearer)).AccessToken.RefreshOn);

        Assert.That(refreshes, Has.Count.GreaterThan(1));
    }

    [Test]
    public async Task A_new_refresh_token_replaces_the_old_one_and_does_not_extend_the_14_days()
    {
        var tokens = await RefreshAsync("""{"access_token":"t1","refresh_token":"r1","refresh_expires_in":0}""");

        Assert.That((tokens.RefreshToken, tokens.RefreshTokenExpiresOn, tokens.LoggedInOn), Is.EqualTo(("r1", LoggedInOn.AddDays(14), LoggedInOn)));
    }

    [Test]
    public async Task A_declared_lifetime_of_the_refresh_token_counts() =>
        Assert.That((await RefreshAsync("""{"access_token":"t1","refresh_token":"r1","refresh_expires_in":7200}""")).RefreshTokenExpiresOn, Is.EqualTo(After(7199)));

    [TestCase("""{"access_token":"t1"}""")]
    [TestCase("""{"access_token":"t1","refresh_token":""}""")]
    [TestCase("""{"access_token":"t1","refresh_token":null}""")]
    public async Task Without_a_new_refresh_token_the_old_one_stays_in_use(string json)
    {
        var tokens = await RefreshAsync(json);

        Assert.That((tokens.RefreshToken, tokens.RefreshTokenExpiresOn), Is.EqualTo(("r0", LoggedInOn.AddDays(10))));
    }

    [Test]
    public async Task A_login_without_a_refresh_token_leaves_none() =>
        Assert.That((await LoginAsync("""{"access_token":"t1"}""")).CanRefreshAt(ManualClock.Noon), Is.False);

    [TestCase("bearer")]
    [TestCase("Bearer")]
    [TestCase("BEARER")]
    public async Task A_bearer_token_is_one_in_any_case(string type) =>
        Assert.That((await LoginAsync($$"""{"access_token":"t1","token_type":"{{type}}"}""")).AccessToken.Value, Is.EqualTo("t1"));

    [Test]
    public async Task An_answer_of_a_megabyte_is_read() =>
        Assert.That((await LoginAsync(OfLength(1024 * 1024))).AccessToken.Value, Is.EqualTo("t1"));

    [Test]
    public async Task An_answer_of_one_byte_more_is_not()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Token(OfLength((1024 * 1024) + 1)));

        Assert.That((await _time.FailureOfAsync(LoginAsync(endpoint))).Reason, Is.EqualTo(ApiaxAuthFailure.InvalidAnswer));
    }

    [Test]
    public async Task A_larger_answer_is_not_read_to_its_end()
    {
        using var body = new EndlessStream();
        using var endpoint = new ScriptedTokenEndpoint(_time, By(() => new HttpResponseMessage { Content = new StreamContent(body) }));

        var failure = await _time.FailureOfAsync(LoginAsync(endpoint));

        Assert.That(failure.Reason, Is.EqualTo(ApiaxAuthFailure.InvalidAnswer));
        Assert.That(body.BytesRead, Is.LessThan(2_000_000));
    }

    private async Task<Dictionary<string, string>> LoginFormAsync()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Token());
        await LoginAsync(endpoint);
        return endpoint.Received.Single().Form;
    }

    private async Task<Dictionary<string, string>> RefreshFormAsync()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Token());
        await RefreshAsync(endpoint);
        return endpoint.Received.Single().Form;
    }

    private async Task<TokenSet> LoginAsync(string json, double tookSeconds = 0)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, cancellationToken =>
        {
            _time.Advance(TimeSpan.FromSeconds(tookSeconds));
            return Token(json)(cancellationToken);
        });
        return await LoginAsync(endpoint);
    }

    private static string OfLength(int length)
    {
        const string Rest = """{"x":"","access_token":"t1"}""";
        return Rest.Insert(6, new string('x', length - Rest.Length));
    }

    private async Task<TokenSet> RefreshAsync(string json)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Token(json));
        return await RefreshAsync(endpoint);
    }

    private async Task<TokenSet> LoginAsync(ScriptedTokenEndpoint endpoint)
    {
        using var limit = new TimeLimit(TimeSpan.FromSeconds(30), _time, CancellationToken.None);
        return await new TokenClient(() => endpoint, _time).LoginAsync(_options, new ApiaxCredentials("user", "pä&= +%ss"), limit).RequireAsync();
    }

    private async Task<TokenSet> RefreshAsync(ScriptedTokenEndpoint endpoint)
    {
        using var limit = new TimeLimit(TimeSpan.FromSeconds(30), _time, CancellationToken.None);
        var last = new TokenSet(new ApiaxAccessToken("t0", ManualClock.Noon, ManualClock.Noon), "r0", LoggedInOn.AddDays(10), LoggedInOn);
        return await new TokenClient(() => endpoint, _time).RefreshAsync(_options, last, limit).RequireAsync();
    }

    private static DateTimeOffset LoggedInOn => ManualClock.Noon.AddDays(-1);

    private static DateTimeOffset After(double seconds) => ManualClock.Noon.AddSeconds(seconds);

    private sealed class EndlessStream : MemoryStream
    {
        public long BytesRead { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            BytesRead += buffer.Length;
            return BytesRead < 50_000_000 ? ValueTask.FromResult(buffer.Length) : throw new InvalidOperationException("It goes on and on.");
        }
    }
}
