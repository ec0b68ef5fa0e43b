using Apiax.Http.Handlers.Tests.Doubles;
using static Apiax.Http.Handlers.Tests.Doubles.Answers;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TokenAnswerTests
{
    private const string Password = "pa55 wörd&";
    private const ApiaxAuthFailure Rejected = ApiaxAuthFailure.CredentialsRejected;
    private const ApiaxAuthFailure Misconfigured = ApiaxAuthFailure.Misconfigured;

    private const ApiaxAuthFailure Invalid = ApiaxAuthFailure.InvalidAnswer;

    private readonly ManualClock _time = new();

    [TestCase(400, "invalid_grant", Rejected)]
    [TestCase(401, "invalid_grant", Rejected)]
    [TestCase(403, "invalid_grant", Rejected)]
    [TestCase(404, "invalid_grant", Rejected)]
    [TestCase(400, "invalid_client", Misconfigured)]
    [TestCase(401, "invalid_client", Misconfigured)]
    [TestCase(401, "unauthorized_client", Misconfigured)]
    [TestCase(400, "unsupported_grant_type", Misconfigured)]
    [TestCase(400, "invalid_request", Misconfigured)]
    [TestCase(403, "invalid_scope", Misconfigured)]
    [TestCase(400, "something_new", Misconfigured)]
    public async Task The_error_decides_and_not_the_status(int status, string error, ApiaxAuthFailure reason)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(status, error, "for a reason"));
        var failure = await FailureAsync(endpoint);

        Assert.Multiple(() =>
        {
            Assert.That(failure.Reason, Is.EqualTo(reason));
            Assert.That(failure.Error, Is.EqualTo(string.IsNullOrWhiteSpace(error) ? null : error));
            Assert.That(failure.ErrorDescription, Is.EqualTo("for a reason"));
            Assert.That(endpoint.Received, Has.Count.EqualTo(1), "a refused password is not sent again");
        });
    }

    [TestCase(400, Rejected)]
    [TestCase(401, Rejected)]
    [TestCase(403, Rejected)]
    [TestCase(402, Invalid)]
    [TestCase(404, Invalid)]
    [TestCase(405, Invalid)]
    [TestCase(407, Invalid)]
    [TestCase(413, Invalid)]
    [TestCase(451, Invalid)]
    [TestCase(499, Invalid)]
    public async Task Without_a_body_the_status_decides(int status, ApiaxAuthFailure reason)
    {
        foreach (var answer in (Answer[])[Empty(status), Of(status, "\r\n", "text/plain")])
        {
            using var endpoint = new ScriptedTokenEndpoint(_time, answer);
            var failure = await FailureAsync(endpoint);

            Assert.That((failure.Reason, failure.Error, endpoint.Received.Count), Is.EqualTo((reason, (string?)null, 1)));
        }
    }

    [TestCase(400)]
    [TestCase(401)]
    [TestCase(403)]
    [TestCase(404)]
    [TestCase(407)]
    [TestCase(422)]
    public async Task A_body_without_an_error_is_not_the_servers_answer(int status)
    {
        foreach (var answer in (Answer[])[Page(status), Of(status, "{}"), Of(status, """{"error":42}"""), Of(status, """{"error":""}"""), Of(status, """{"error":" "}"""), Of(status, """{"error":null,"status":403}"""),
            Of(status, "[]"), Of(status, "error=invalid_grant", "application/x-www-form-urlencoded"), Of(status, """{"error":"invalid_grant" """), Of(status, new string(' ', 1024 * 1024) + """{"error":"invalid_grant"}""")])
        {
            using var endpoint = new ScriptedTokenEndpoint(_time, answer);
            var failure = await FailureAsync(endpoint);

            Assert.That((failure.Reason, endpoint.Received.Count), Is.EqualTo((Invalid, 1)));
            Assert.That(failure.Message, Does.StartWith("Something in front of the token endpoint").And.Contain($"{status} ("));
        }
    }

    [TestCase(404)]
    [TestCase(405)]
    [TestCase(410)]
    public async Task An_answer_that_a_wrong_path_gets_names_the_setting(int status)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Page(status));

        Assert.That((await FailureAsync(endpoint)).Message, Is.EqualTo(
            $"Something in front of the token endpoint (a proxy, an ingress, a firewall) answered {status} (text/html) instead, or the path in TokenEndpoint is wrong: the answer has no error code."));
    }

    [Test]
    public async Task An_empty_refusal_may_be_about_the_scope_too()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Empty(400));

        Assert.That((await FailureAsync(endpoint)).Message, Is.EqualTo(
            "The token endpoint rejected the user name or password, or the user is locked, or Scope or ClientId is wrong: 400 (no content type) without an error code."));
    }

    [TestCase(400, "temporarily_unavailable")]
    [TestCase(403, "slow_down")]
    [TestCase(400, "server_error")]
    [TestCase(200, "temporarily_unavailable")]
    public async Task An_error_about_the_server_itself_is_not_a_refusal(int status, string error)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(status, error));
        var failure = await FailureAsync(endpoint);

        Assert.That((failure.Reason, failure.Message), Is.EqualTo((ApiaxAuthFailure.Unavailable, $"The token endpoint answered {error}, status {status} (application/json).")));
    }

    [TestCase(301)]
    [TestCase(302)]
    [TestCase(303)]
    [TestCase(307)]
    [TestCase(308)]
    [TestCase(304)]
    public async Task A_redirect_is_not_followed(int status)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Page(status).With(headers => headers.Location = new Uri("https://evil.example/token")));
        var failure = await FailureAsync(endpoint);

        Assert.That((failure.Reason, endpoint.Received.Count), Is.EqualTo((ApiaxAuthFailure.InvalidAnswer, 1)));
    }

    [TestCase("<html>secret page</html>")]
    [TestCase("")]
    [TestCase("{")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("""{"access_token":null}""")]
    [TestCase("""{"access_token":""}""")]
    [TestCase("""{"access_token":{"secret":1}}""")]
    [TestCase("""{"access_token":"secret\r\nX-Injected: yes"}""")]
    [TestCase("""{"access_token":"secret token"}""")]
    [TestCase("""{"access_token":"secrét"}""")]
    [TestCase("""{"access_token":"secret\u0000"}""")]
    [TestCase("""{"access_token":"secret","token_type":"mac"}""")]
    [TestCase("""{"access_token":"secret","token_type":"DPoP"}""")]
    [TestCase("""{"access_token":"secret","token_type":""}""")]
    public async Task A_success_without_a_usable_token_is_no_answer_and_not_quoted(string body)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Of(200, body));
        var failure = await FailureAsync(endpoint);

        Assert.Multiple(() =>
        {
            Assert.That((failure.Reason, endpoint.Received.Count), Is.EqualTo((ApiaxAuthFailure.InvalidAnswer, 1)));
            Assert.That(failure.ToString(), Does.Not.Contain("secret").And.Not.Contain("secrét"));
        });
    }

    [TestCase(200, "<html>", "cannot be used: it is not a JSON token answer.")]
    [TestCase(200, "{}", "cannot be used: it has no access_token.")]
    [TestCase(200, """{"access_token":"two words"}""", "cannot be used: its access_token has characters that are not allowed in a header.")]
    [TestCase(200, """{"access_token":"t1","token_type":"mac"}""", "cannot be used: its token_type is not bearer.")]
    [TestCase(302, "{}", "cannot be used: redirects are not followed, since another server would get the credentials.")]
    [TestCase(400, """{"error":"invalid_grant"}""", "the user is locked: invalid_grant, status 400 (")]
    [TestCase(400, """{"error":"invalid_grant","error_description":"for a reason"}""", "the user is locked: invalid_grant: for a reason, status 400 (")]
    [TestCase(400, """{"error":"invalid_client"}""", "but not because of the user name or password: invalid_client, status 400 (")]
    public async Task The_message_names_what_is_wrong_with_an_answer(int status, string body, string why)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Of(status, body));

        Assert.That((await FailureAsync(endpoint)).Message, Does.Contain(why));
    }

    [Test]
    public async Task An_error_in_a_success_counts_as_that_error()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Of(200, """{"error":"invalid_grant"}"""));
        var failure = await FailureAsync(endpoint);

        Assert.That((failure.Reason, failure.Error), Is.EqualTo((ApiaxAuthFailure.CredentialsRejected, "invalid_grant")));
    }

    [TestCase(404)]
    [TestCase(403)]
    [TestCase(502)]
    [TestCase(302)]
    [TestCase(200)]
    public async Task Status_and_content_type_are_quoted_and_never_the_body(int status)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Page(status, "<html>secret page</html>"));
        var failure = await FailureAsync(endpoint);

        Assert.That(failure.ToString(), Does.Contain($"{status} (text/html)").And.Not.Contain("secret"));
    }

    [Test]
    public async Task A_content_type_is_quoted_if_it_is_no_longer_than_any_real_one()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Of(404, "", "text/" + new string('x', 1000)));
        var failure = await FailureAsync(endpoint);

        Assert.That(failure.Message, Does.Contain("404 (no content type)"));
    }

    [Test]
    public async Task A_description_is_limited_in_length()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, new string('e', 1000), new string('d', 1000)));
        var failure = await FailureAsync(endpoint);

        Assert.That((failure.Error, failure.ErrorDescription), Is.EqualTo((new string('e', 64), new string('d', 256))));
        Assert.That(failure.Message, Has.Length.LessThan(600));
    }

    [TestCase("pa55\\u200b wörd&")]
    [TestCase("pa\\u202e55 wörd\\u2066&")]
    [TestCase("\\ufeffpa55 w\\u00adörd&")]
    [TestCase("pa55 w\\udb40\\udc41örd&")]
    [TestCase("pa55\\u2028 wörd\\u2029&")]
    public async Task Invisible_characters_hide_no_password(string echo)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, "invalid_grant", $"{echo} is wrong"));

        Assert.That((await FailureAsync(endpoint)).ErrorDescription, Is.EqualTo("[redacted] is wrong"));
    }

    [TestCase("subscription-key=k%20ey%2F1")]
    [TestCase("k%20ey%2F1")]
    [TestCase("k ey/1")]
    [TestCase("K EY/1")]
    [TestCase("k+ey%2f1")]
    [TestCase("b%2Bc+d")]
    [TestCase("b+c d")]
    public async Task A_secret_in_the_endpoints_query_is_removed_and_a_short_value_is_not(string echo)
    {
        using var limit = new TimeLimit(TimeSpan.FromSeconds(30), _time, CancellationToken.None);
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, "invalid_grant", $"{echo} is wrong in version 1"));
        var outcome = await new TokenClient(() => endpoint, _time).LoginAsync(
            new ApiaxAuthOptions { TokenEndpoint = new Uri("https://auth.apiax.io/token?subscription-key=k%20ey%2F1&other=b%2Bc+d&v=1") },
            new ApiaxCredentials("user", "password"),
            limit);

        Assert.That(outcome.Failure!.ErrorDescription, Does.EndWith("[redacted] is wrong in version 1"));
    }

    [Test]
    public async Task A_password_with_invisible_characters_is_also_removed_without_them()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, "invalid_grant", "secret-wo\u200drd is wrong"));

        Assert.That((await FailureAsync(endpoint, "secret\u200d-word")).ErrorDescription, Is.EqualTo("[redacted] is wrong"));
    }

    [Test]
    public async Task Control_characters_cannot_forge_a_log_line()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, """bad\r\nid""", """one\r\ntwo\u0000\u001b[31m\u0085three"""));
        var failure = await FailureAsync(endpoint);

        Assert.That((failure.Error, failure.ErrorDescription), Is.EqualTo(("badid", "onetwo[31mthree")));
        Assert.That(failure.Message, Has.None.Matches<char>(char.IsControl));
    }

    [TestCase(Password)]
    [TestCase("PA55 WÖRD&")]
    [TestCase("pa55+w%C3%B6rd%26")]
    [TestCase("pa55%20w%c3%b6rd%26")]
    [TestCase("""pa\u000055 wö\nrd&""")]
    [TestCase("dXNlcjpwYTU1IHfDtnJkJg", TestName = "{m}(as of HTTP Basic)")]
    [TestCase("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", TestName = "{m}(a JSON Web Token)")]
    public async Task A_password_that_the_server_echoes_is_removed(string echo)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, $"bad {echo}", $"password={echo}, {new string('x', 225)} {echo}"));
        var failure = await FailureAsync(endpoint);

        Assert.Multiple(() =>
        {
            Assert.That((failure.Error, failure.ErrorDescription), Is.EqualTo(("bad [redacted]", $"password=[redacted], {new string('x', 225)} [redacted")));
            Assert.That(failure.ToString(), Does.Not.Contain("pa55").IgnoreCase);
        });
    }

    [TestCase("pa55 w&#246;rd&amp;", TestName = "{m}(HTML, by number and by name)")]
    [TestCase("pa55 w&ouml;rd&#38;", TestName = "{m}(HTML, by name and by number)")]
    [TestCase("pa55 w&amp;ouml;rd&amp;amp;", TestName = "{m}(HTML, twice)")]
    [TestCase("""pa55 w\\u00f6rd\\u0026""")]
    [TestCase("""pa55\\u200b wörd\\u2066&""", TestName = "{m}(JSON twice, with invisible characters)")]
    [TestCase("pa&shy;55 wö&#x200b;rd&", TestName = "{m}(HTML, with invisible characters)")]
    [TestCase("cGE1NSB3w7ZyZCY")]
    public async Task A_text_that_is_escaped_hides_no_password(string echo)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, "invalid_grant", $"the password {echo} is wrong"));

        Assert.That((await FailureAsync(endpoint)).ErrorDescription, Is.EqualTo("[redacted]").Or.EqualTo("the password [redacted] is wrong"));
    }

    [TestCase("The account &quot;Anna&quot; is &lt;locked&gt;", TestName = "{m}(HTML)")]
    public async Task A_text_that_is_escaped_and_has_no_secret_stays(string text)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, "invalid_grant", text));

        Assert.That((await FailureAsync(endpoint)).ErrorDescription, Is.EqualTo(text));
    }

    [Test]
    public async Task A_user_name_that_the_server_echoes_is_removed_also_where_it_is_a_part_of_the_password()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, "invalid_grant", "USER is locked; user1234 is no password of user"));
        var failure = await FailureAsync(endpoint, "user1234");

        Assert.That(failure.ErrorDescription, Is.EqualTo("[redacted] is locked; [redacted] is no password of [redacted]"));
    }

    [Test]
    public async Task A_refresh_token_that_the_server_echoes_is_removed_and_the_user_name_of_the_settings()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, "invalid_grant", "unknown token r0-secret of anna"));
        var last = new TokenSet(new ApiaxAccessToken("t0", ManualClock.Noon, ManualClock.Noon), "r0-secret", ManualClock.Noon.AddDays(1), ManualClock.Noon);

        using var limit = new TimeLimit(TimeSpan.FromSeconds(30), _time, CancellationToken.None);
        var failure = await _time.FailureOfAsync(new TokenClient(() => endpoint, _time).RefreshAsync(new() { Username = "anna" }, last, limit).RequireAsync());

        Assert.That(failure.ErrorDescription, Is.EqualTo("unknown token [redacted] of [redacted]"));
        Assert.That(failure.Message, Does.StartWith("The token endpoint refused the refresh token: invalid_grant"));
    }

    /// <summary>Opaque, as other servers than Keycloak issue them.</summary>
    [Test]
    public async Task Every_secret_of_the_account_that_the_server_echoes_is_removed([Values] bool isRefresh)
    {
        const string Echo = "r0-secret of t0-secret of s3t-secret";
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, "no t0-secret", Echo));
        var held = new TokenSet(new ApiaxAccessToken("t0-secret", ManualClock.Noon, ManualClock.Noon), "r0-secret", ManualClock.Noon.AddDays(1), ManualClock.Noon);
        var options = new ApiaxAuthOptions { Username = "anna", Password = "s3t-secret" };
        var client = new TokenClient(() => endpoint, _time);
        using var limit = new TimeLimit(TimeSpan.FromSeconds(30), _time, CancellationToken.None);

        var failure = await _time.FailureOfAsync((isRefresh
            ? client.RefreshAsync(options, held, limit, username: "bert")
            : client.LoginAsync(options, new ApiaxCredentials("bert", "another"), limit, inUse: held)).RequireAsync());

        Assert.That((failure.Error, failure.ErrorDescription), Is.EqualTo(("no [redacted]", "[redacted] of [redacted] of [redacted]")));
        Assert.That(failure.Message, Does.Not.Contain("secret"));
    }

    [Test]
    public async Task A_login_after_a_refused_refresh_removes_the_refused_token_too()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, "invalid_grant", "no r0-secret, t0-secret"), Error(400, "invalid_scope", "no r0-secret, t0-secret"));
        var held = new TokenSet(new ApiaxAccessToken("t0-secret", ManualClock.Noon, ManualClock.Noon), "r0-secret", ManualClock.Noon.AddDays(1), ManualClock.Noon);
        var acquisition = new TokenAcquisition(new TokenClient(() => endpoint, _time), new ScriptedCredentials(), () => new(), _time, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

        var result = await _time.PassUntilAsync(acquisition.FlyAsync(new FlightPlan(held, CoolDown: null), CancellationToken.None));

        Assert.That((endpoint.GrantTypes, result.Failure!.ErrorDescription), Is.EqualTo(("refresh_token password", "no [redacted], [redacted]")));
    }

    [Test]
    public async Task A_content_type_that_echoes_a_secret_is_redacted()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Of(404, "", "text/s3cret"));

        Assert.That((await FailureAsync(endpoint, "s3cret")).Message, Does.Contain("404 (text/[redacted])"));
    }

    [TestCase("grant")]
    [TestCase("i")]
    [TestCase("invalid_grant")]
    [TestCase("inval", "invalid_client", Misconfigured)]
    [TestCase("user", "unauthorized_user", Misconfigured, "unauthorized_[redacted]")]
    public async Task A_password_that_occurs_in_the_error_code_does_not_change_its_meaning(
        string password, string error = "invalid_grant", ApiaxAuthFailure reason = Rejected, string? told = null)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, error));
        var failure = await FailureAsync(endpoint, password);

        Assert.That((failure.Reason, failure.Error), Is.EqualTo((reason, told ?? error)));
    }

    [TestCase(200, null, "invalid_grant", Rejected)]
    [TestCase(299, "", "invalid_client", Misconfigured)]
    [TestCase(200, "", "", ApiaxAuthFailure.InvalidAnswer)]
    [TestCase(200, null, null, ApiaxAuthFailure.InvalidAnswer)]
    [TestCase(300, null, "invalid_grant", ApiaxAuthFailure.InvalidAnswer)]
    [TestCase(300, "token", null, ApiaxAuthFailure.InvalidAnswer)]
    [TestCase(199, null, "invalid_grant", ApiaxAuthFailure.InvalidAnswer)]
    [TestCase(407, null, null, Invalid)]
    [TestCase(408, null, "invalid_grant", ApiaxAuthFailure.Unavailable)]
    [TestCase(429, null, "invalid_grant", ApiaxAuthFailure.Unavailable)]
    [TestCase(499, null, null, Invalid)]
    [TestCase(500, null, "invalid_grant", ApiaxAuthFailure.Unavailable)]
    public void The_meaning_of_an_answer_without_a_usable_token_at_the_limits(int status, string? token, string? error, ApiaxAuthFailure expected)
    {
        var body = new TokenJson { AccessToken = token, Error = error };
        var answer = new TokenAnswer((System.Net.HttpStatusCode)status, "application/json", body, null, ManualClock.Noon, ManualClock.Noon);
        var request = TokenRequest.Login(new(), new ApiaxCredentials("user", Password));

        Assert.That(answer.FailureFor(request, answer.MeaningFor(request)).Reason, Is.EqualTo(expected));
    }

    [Test]
    public void An_answer_prints_only_its_status()
    {
        var answer = new TokenAnswer(System.Net.HttpStatusCode.OK, "text/secret", new TokenJson { AccessToken = "secret" }, null, ManualClock.Noon, ManualClock.Noon);

        Assert.That(answer.ToString(), Is.EqualTo("TokenAnswer { 200 }"));
    }

    private async Task<ApiaxAuthException> FailureAsync(ScriptedTokenEndpoint endpoint, string password = Password)
    {
        using var limit = new TimeLimit(TimeSpan.FromSeconds(30), _time, CancellationToken.None);
        return await _time.FailureOfAsync(new TokenClient(() => endpoint, _time).LoginAsync(new(), new ApiaxCredentials("user", password), limit).RequireAsync());
    }
}
