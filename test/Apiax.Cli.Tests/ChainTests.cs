using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Apiax.Http.Handlers.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Cli.Tests;

/// <summary>Each link broken in turn: its exit code, its line, and that later links are not checked.</summary>
[TestFixture]
internal sealed class ChainTests : SandboxedTests
{
    private string RulesUrl => new Uri(Apiax.BaseAddress, "rules").AbsoluteUri;

    [SetUp]
    public void Stub() => Apiax.StubApi("/rules");

    [Test]
    public async Task A_chain_without_a_broken_link_ends_with_zero()
    {
        var run = await World.CheckAsync(RulesUrl);

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")), run.Output);
        Assert.That(run.Output.Split('\n').Count(line => line.StartsWith("ok ", StringComparison.Ordinal)), Is.EqualTo(10), run.Output);
        Assert.That(Apiax.TokenRequests.Select(request => request.GrantType), Is.EqualTo(new[] { null, "password", "refresh_token" }));
        Assert.That(Apiax.ApiCalls, Is.EqualTo(1));
    }

    [Test]
    public async Task A_firewall_that_requires_a_User_Agent_and_a_server_that_compresses_its_answers_break_nothing()
    {
        (Apiax.RequireUserAgent, Apiax.AnswerEncoding) = (true, "gzip");

        var run = await World.CheckAsync(RulesUrl);

        Assert.That(run.ExitCode, Is.Zero, run.Output);
        Assert.That(run.LineOf(Link.Endpoint), Does.Contain("(400 invalid_request, "));
    }

    [Test]
    public async Task A_server_that_rejects_client_assertion_type_is_asked_again_without_it_as_by_the_library()
    {
        Apiax.RefuseHalfAssertions = true;

        var run = await World.CheckAsync();

        Assert.That(run.ExitCode, Is.Zero, run.Output);
        Assert.That(Apiax.TokenRequests.Select(request => request.HasClientAssertionType), Is.EqualTo(new[] { false, false, true, false }));
    }

    [Test]
    public async Task Without_an_address_the_API_is_not_called()
    {
        var run = await World.CheckAsync();

        Assert.That((run.ExitCode, Apiax.ApiCalls), Is.EqualTo((0, 0)));
        Assert.That(run.LineOf(Link.Api), Does.StartWith("- ").And.Contain("not checked: no address"));
    }

    [Test]
    public async Task An_unknown_name()
    {
        World.Use(new Uri("https://login.apiax.test/token"));
        World.LookUp = (_, _) => throw new SocketException((int)SocketError.HostNotFound);
        await ExpectAsync(Link.Name, "login.apiax.test cannot be resolved");
    }

    [Test]
    public async Task A_name_that_is_longer_than_any_host_name()
    {
        World.Use(new Uri($"https://{string.Join('.', Enumerable.Repeat("login-of-the-bank", 20))}/token"));
        await ExpectAsync(Link.Name, "login-of-the-bank cannot be resolved");
    }

    [Test]
    public async Task A_name_server_that_does_not_answer()
    {
        World.Use(new Uri("https://login.apiax.test/token"));
        World.Set("AttemptTimeout", "00:00:00.1");
        World.LookUp = (_, _) => new TaskCompletionSource<IPAddress[]>().Task;
        await ExpectAsync(Link.Name, "login.apiax.test could not be resolved: no answer within 0.1 seconds");
    }

    [Test]
    public async Task A_port_without_a_listener()
    {
        await Apiax.DisposeAsync();
        await ExpectAsync(Link.Connection, $"127.0.0.1, port {Apiax.BaseAddress.Port}, refuses connections");
    }

    [TestCase("localhost", 2000, 2099, "issued by localhost, which this machine does not trust; no proxy")]
    [TestCase("elsewhere.example", 2000, 2099, "the server's certificate is for elsewhere.example, not for localhost; no proxy")]
    [TestCase("localhost", 2000, 2001, "the server's certificate is valid from 2000-01-01 to 2001-01-01, and this machine's date is 20")]
    public async Task A_certificate_that_is_not_accepted(string host, int firstYear, int lastYear, string words)
    {
        using var certificate = Certificates.Create(host, firstYear, lastYear);
        await using var server = new ScriptedServer(_ => ScriptedServer.Answer(200, "{}"), certificate);
        World.Use(new Uri($"https://localhost:{server.Port}/token"));

        await ExpectAsync(Link.Encryption, words);
        Assert.That(server.Requests, Is.Empty);
    }

    [Test]
    public async Task A_server_that_does_not_encrypt()
    {
        World.Use(new UriBuilder(Apiax.TokenEndpoint) { Scheme = "https" }.Uri);
        await ExpectAsync(Link.Encryption, "the server and this machine could not agree on a TLS connection");
    }

    [TestCase(407, "requires a user name and a password (407)")]
    [TestCase(403, "does not allow a connection to login.apiax.test (403)")]
    public async Task A_proxy_that_does_not_allow_the_connection(int status, string words)
    {
        await using var proxy = new ScriptedServer(_ => ScriptedServer.Answer(status, ""));
        World.Use(new Uri("https://login.apiax.test/token"));
        World.Proxy = new WebProxy($"http://127.0.0.1:{proxy.Port}") { Credentials = new NetworkCredential("proxy-user", "proxy-password") };

        var run = await ExpectAsync(Link.Encryption, $"the proxy 127.0.0.1:{proxy.Port} {words}");
        Assert.That(run.LineOf(Link.Name), Does.Contain("(the proxy, which looks up login.apiax.test itself)"));
        Assert.That(proxy.Requests[0].Method, Is.EqualTo("CONNECT"));
    }

    [TestCase(404, """{"error":"Realm does not exist"}""", "application/json", "answers 404 (application/json), Realm does not exist: the server has no such realm, or refuses every request")]
    [TestCase(404, """{"error":"invalid_request"}""", "application/json", "the server has no such realm, or refuses every request")]
    [TestCase(400, """{"error":"HTTP 405 Method Not Allowed"}""", "application/json", "the server has no such realm, or refuses every request")]
    [TestCase(403, """{"error":"access_denied","error_description":"Realm not enabled"}""", "application/json", "access_denied: Realm not enabled: the realm is disabled")]
    [TestCase(404, "{}", "application/json", "no token endpoint is at this address")]
    [TestCase(503, "busy", "text/html", "it is overloaded or down")]
    [TestCase(200, "<html>welcome</html>", "text/html", "answers 200 (text/html), which is not the answer of a token endpoint")]
    [TestCase(403, "<html>blocked</html>", "text/html", "answers 403 (text/html), which is not the answer of a token endpoint")]
    [TestCase(302, "", "text/html", "and points to another address")]
    [TestCase(404, "<html>not found</html>", "text/html", "no token endpoint is at this address")]
    [TestCase(405, "<html>not allowed</html>", "text/html", "no token endpoint is at this address")]
    [TestCase(405, "", "text/plain", "no token endpoint is at this address")]
    [TestCase(410, "<html>gone</html>", "text/html", "no token endpoint is at this address")]
    [TestCase(403, "Forbidden by policy 17", "text/plain", "answers 403 (text/plain), which is not the answer of a token endpoint")]
    [TestCase(401, """{"message":"Unauthorized"}""", "application/json", "answers 401 (application/json), which is not the answer of a token endpoint")]
    [TestCase(400, "{}", "application/json", "answers 400 (application/json), which is not the answer of a token endpoint")]
    public async Task Something_other_than_a_token_endpoint(int status, string body, string contentType, string words)
    {
        Apiax.AnswerTokenRequests(body, contentType, status);
        await ExpectAsync(Link.Endpoint, words);
        Assert.That(Apiax.TokenRequests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task An_endpoint_that_closes_the_connection()
    {
        Apiax.DropTokenRequests();
        await ExpectAsync(Link.Endpoint, "closes the connection without an answer");
    }

    [Test]
    public async Task An_endpoint_that_does_not_answer()
    {
        using var hold = Apiax.HoldTokenRequests();
        World.Set("AttemptTimeout", "00:00:00.2");
        await ExpectAsync(Link.Endpoint, "does not answer within 0.2 seconds");
    }

    [TestCase(400, "")]
    [TestCase(401, " \r\n")]
    [TestCase(403, "")]
    public async Task An_endpoint_that_refuses_without_a_reason_is_one(int status, string body)
    {
        Apiax.AnswerTokenRequests(body, "text/plain", status);
        Assert.That((await World.CheckAsync()).ExitCode, Is.Zero);
    }

    [TestCase(6, "this machine's clock is 6 minutes behind the server's")]
    [TestCase(-6, "this machine's clock is 6 minutes ahead of the server's")]
    public async Task A_wrong_clock_is_reported_and_the_check_continues(int minutes, string words)
    {
        await using var apiax = await ApiaxSandbox.StartAsync(new ApiaxSandboxOptions { TimeProvider = new FakeTimeProvider(World.Noon.AddMinutes(minutes).AddSeconds(minutes > 0 ? 0 : -1)) });
        World.StopClock();
        World.Use(apiax);

        var run = await ExpectAsync(Link.Clock, words);
        Assert.That(run.LineOf(Link.Refresh), Does.StartWith("ok "));
    }

    [Test]
    public async Task A_wrong_password()
    {
        World.Set("Password", "wrong");
        var run = await ExpectAsync(Link.SignIn, "the user name or the password is wrong, the user is locked, or another login of this user was under way at this moment; the server's answer is the same in each case (invalid_grant: Invalid user credentials)");
        Assert.That(Apiax.TokenRequests.Count(request => request.GrantType == "password"), Is.EqualTo(1), "Each attempt brings the account nearer to its lock.");
        Assert.That(run.Output, Does.Match("""Another password can be tried at once\. This one is not sent before \d\d:\d\d:\d\d \(in 1 minute\)"""));
    }

    /// <summary>The exact answers of Keycloak 26 to a public client; it sends no <c>Date</c>.</summary>
    [TestCase(0, "ok ", "this machine and the server agree on the time", 0)]
    [TestCase(400, "BROKEN ", "this machine's clock is 6 minutes 40 seconds behind the server's", 15)]
    [TestCase(-401, "BROKEN ", "this machine's clock is 6 minutes 40 seconds ahead of the server's", 15)]
    public async Task The_clock_is_compared_with_the_time_of_issue_of_a_Keycloak_token(int secondsAhead, string state, string words, int exitCode)
    {
        var claims = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new { iat = World.Noon.ToUnixTimeSeconds() + secondsAhead, exp = World.Noon.ToUnixTimeSeconds() + secondsAhead + 300 }));
        var token = $$"""{"access_token":"e30.{{claims}}.c2ln","expires_in":300,"refresh_expires_in":1800,"refresh_token":"refresh","token_type":"Bearer","not-before-policy":0,"session_state":"s","scope":"email profile"}""";
        await using var keycloak = new ScriptedServer(request => request switch
        {
            { Method: "GET" } => ScriptedServer.Answer(200, "{}"),
            { Body: var form } when form.Contains("grant_type=", StringComparison.Ordinal) => ScriptedServer.Answer(200, token, headers: "Cache-Control: no-store\r\n"),
            _ => ScriptedServer.Answer(400, """{"error":"invalid_request","error_description":"Missing form parameter: grant_type"}"""),
        });
        World.StopClock();
        World.Use(new Uri($"http://127.0.0.1:{keycloak.Port}/auth/realms/apiax/protocol/openid-connect/token"));
        World.Set("ApiHosts:0", $"127.0.0.1:{keycloak.Port}");
        var run = await World.CheckAsync($"http://127.0.0.1:{keycloak.Port}/rules");

        Assert.That(run.ExitCode, Is.EqualTo(exitCode), run.Output);
        Assert.That(run.LineOf(Link.Clock), Does.StartWith(state).And.EndWith(words));
        Assert.That(run.Output.Split('\n').Count(line => line.StartsWith("ok ", StringComparison.Ordinal)), Is.GreaterThanOrEqualTo(9), run.Output);
    }

    [Test]
    public async Task The_clock_is_also_checked_after_a_wrong_password()
    {
        World.Set("Password", "wrong");
        Assert.That((await World.CheckAsync()).LineOf(Link.Clock), Does.StartWith("ok "));
    }

    [Test]
    public async Task While_the_endpoint_hangs_the_connection_is_shown_and_the_endpoint_is_what_is_waited_for()
    {
        await using var output = new LinesWriter();
        await using var error = new StringWriter();
        using var hold = Apiax.HoldTokenRequests();
        var check = Tool.RunAsync(["check"], World.SurroundingsOf(output, error), default);
        await Apiax.TokenRequestsArrivedAsync(1);
        await output.SaysAsync("Encryption (TLS)");

        Assert.That(output.ToString(), Does.Not.Contain("Token endpoint"));
        hold.Dispose();
        Assert.That(await check.WaitAsync(TimeSpan.FromSeconds(20)), Is.Zero, output.ToString());
    }

    [Test]
    public async Task An_unknown_client()
    {
        World.Set("ClientId", "somebody-else");
        await ExpectAsync(Link.SignIn, "invalid_client");
    }

    [Test]
    public async Task A_server_that_fails_during_the_login()
    {
        AnswerToProbe();
        Apiax.FailTokenRequests(503, times: int.MaxValue);
        await ExpectAsync(Link.SignIn, "The token endpoint answered 503 (text/html)");
    }

    [Test]
    public async Task An_unknown_lifetime()
    {
        AnswerToProbe();
        Apiax.AnswerTokenRequests("""{"access_token":"opaque","refresh_token":"r"}""");
        await ExpectAsync(Link.Lifetime, "neither the answer nor the token states the lifetime; 30 minutes are assumed");
    }

    [TestCase("""{"access_token":"opaque","expires_in":90}""", "1 minute 30 seconds, from expires_in in the answer")]
    [TestCase("""{"access_token":"opaque","expires_at":3600}""", "1 hour, from expires_at in the answer")]
    [TestCase("""{"access_token":"e30.eyJpYXQiOjEwMDAsImV4cCI6MTMwMH0.e30"}""", "5 minutes, from exp in the token")]
    [TestCase("""{"access_token":"opaque","expires_in":172800}""", "1 day, from expires_in in the answer (2 days, but no more than 1 day is used)")]
    public async Task The_lifetime_and_its_source(string answer, string words)
    {
        AnswerToProbe();
        Apiax.AnswerTokenRequests(answer);
        Assert.That((await World.CheckAsync()).LineOf(Link.Lifetime), Does.EndWith("  " + words));
    }

    [Test]
    public async Task No_refresh_token()
    {
        AnswerToProbe();
        Apiax.AnswerTokenRequests("""{"access_token":"opaque","expires_in":90}""");
        await ExpectAsync(Link.Refresh, "the server issues no refresh token");
    }

    [Test]
    public async Task A_refused_refresh_token()
    {
        AnswerToProbe();
        Apiax.AnswerTokenRequests("""{"access_token":"opaque","expires_in":90,"refresh_token":"unknown"}""");
        await ExpectAsync(Link.Refresh, "the server refuses the refresh token that it has just issued (invalid_grant: Invalid refresh token)");
    }

    [Test]
    public async Task An_API_that_rejects_the_token()
    {
        Apiax.RejectEveryToken = true;
        await ExpectAsync(Link.Api, $"GET {RulesUrl} returned 401: the API does not accept the token", RulesUrl);
        Assert.That(Apiax.TokenRequests, Has.Count.EqualTo(3));
    }

    [TestCase(403, "the API, or something in front of it, refuses the request, which does not show whether the token is accepted")]
    [TestCase(503, "the API is overloaded or down")]
    [TestCase(407, "the network in between requires its own sign-in")]
    [TestCase(511, "the network in between requires its own sign-in")]
    public async Task An_API_that_accepts_the_token_but_fails_or_is_not_reached(int status, string words)
    {
        Apiax.FailApiCalls(status);
        await ExpectAsync(Link.Api, $"returned {status}: {words}", RulesUrl);
    }

    [TestCase(403, "application/problem+json", null)]
    [TestCase(403, "text/plain", "Bearer error=\"insufficient_scope\"")]
    [TestCase(401, "text/plain", "Bearer error=\"insufficient_scope\"")]
    public async Task An_API_that_says_that_a_permission_is_missing_has_accepted_the_token(int status, string contentType, string? challenge)
    {
        Apiax.StubApi("/rules", context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = contentType;
            context.Response.Headers.WWWAuthenticate = challenge;
            return Task.CompletedTask;
        });
        await ExpectAsync(Link.Api, $"returned {status}: the API accepts the token, but this user lacks a permission", RulesUrl);
    }

    [TestCase(400)]
    [TestCase(405)]
    [TestCase(415)]
    [TestCase(422)]
    public async Task An_API_that_expects_another_kind_of_request_has_accepted_the_token(int status)
    {
        Apiax.FailApiCalls(status);
        var run = await World.CheckAsync(RulesUrl);

        Assert.That(run.ExitCode, Is.Zero, run.Output);
        Assert.That(run.LineOf(Link.Api), Does.EndWith($"returned {status}: the token is accepted, the API expects another kind of request here"));
    }

    [TestCase(406)]
    [TestCase(421)]
    [TestCase(426)]
    [TestCase(431)]
    [TestCase(451)]
    [TestCase(499)]
    public async Task An_answer_that_may_come_from_a_proxy_does_not_accept_the_token(int status)
    {
        Apiax.FailApiCalls(status);
        await ExpectAsync(Link.Api, $"returned {status}, which does not show whether the token is accepted", RulesUrl);
    }

    [Test]
    public async Task An_address_without_anything() =>
        await ExpectAsync(Link.Api, "returned 404: there is nothing at this address", new Uri(Apiax.BaseAddress, "nothing?key=value").AbsoluteUri);

    [Test]
    public async Task A_host_that_may_not_have_the_token()
    {
        await using var other = new ScriptedServer(_ => ScriptedServer.Answer(200, "{}"));
        await ExpectAsync(Link.Api, $"127.0.0.1:{other.Port} is not in ApiHosts; no request was sent", $"http://127.0.0.1:{other.Port}/rules");
        Assert.That(other.Requests, Is.Empty);
    }

    [Test]
    public async Task The_token_endpoint_is_no_API()
    {
        var run = await ExpectAsync(Link.Api, $"{Apiax.TokenEndpoint.Authority} is the token endpoint; no request was sent", Apiax.TokenEndpoint.AbsoluteUri);
        Assert.That(run.Output, Does.Contain("What to do        Check an address of the API instead.\n"));
    }

    [Test]
    public async Task A_redirect_to_a_host_that_may_not_have_the_token()
    {
        await using var other = new ScriptedServer(_ => ScriptedServer.Answer(200, "welcome", "text/html"));
        await using var api = new ScriptedServer(_ => ScriptedServer.Answer(302, "", headers: $"Location: http://127.0.0.1:{other.Port}/login\r\n"));
        World.Set("ApiHosts:1", $"127.0.0.1:{api.Port}");

        await ExpectAsync(Link.Api, $"returned 200, by 127.0.0.1:{other.Port}, the target of a redirect, which does not get the token", $"http://127.0.0.1:{api.Port}/rules");
        Assert.That(other.Requests.Single().Head, Does.Not.Contain("Bearer"));
    }

    [Test]
    public async Task An_API_that_accepts_no_connections()
    {
        World.Set("ApiHosts:1", "127.0.0.1:1");
        await ExpectAsync(Link.Api, "http://127.0.0.1:1/rules did not answer: the host accepts no connections", "http://127.0.0.1:1/rules");
    }

    private void AnswerToProbe() => Apiax.AnswerTokenRequests("""{"error":"invalid_request"}""", statusCode: 400);

    private async Task<Run> ExpectAsync(Link broken, string words, params string[] arguments)
    {
        var run = await World.CheckAsync(arguments);

        Assert.That(run.ExitCode, Is.EqualTo((int)broken), run.Output + run.Error);
        Assert.That(run.LineOf(broken), Does.StartWith("BROKEN ").And.Contain(words));
        Assert.That(run.Output, Does.EndWith($"\nBroken: {broken.Title()} (exit code {(int)broken})\n"));
        return run;
    }
}
