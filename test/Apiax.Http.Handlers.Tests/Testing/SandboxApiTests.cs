using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Tests.Testing;

[TestFixture]
internal sealed class SandboxApiTests : SandboxTests
{
    [Test]
    public async Task A_call_with_a_valid_token_reaches_the_stub()
    {
        Apiax.StubApi("/rules", """["rule"]""");

        using var response = await Client.GetAsync((await Client.SignInAsync()).AccessToken);

        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("""["rule"]"""));
        Assert.That((Apiax.ApiCalls, Apiax.UnauthorizedCalls), Is.EqualTo((1, 0)));
    }

    [TestCase(null, "Bearer realm=\"apiax\"")]
    [TestCase("not-a-token", "Bearer realm=\"apiax\", error=\"invalid_token\", error_description=\"Token verification failed\"")]
    public async Task No_stub_reaches_around_the_check_of_the_token(string? token, string challenge)
    {
        Apiax.StubApi("/rules");

        using var response = await Client.GetAsync(token);

        Assert.That((int)response.StatusCode, Is.EqualTo(401));
        Assert.That(response.Headers.WwwAuthenticate.ToString(), Is.EqualTo(challenge));
        Assert.That((Apiax.ApiCalls, Apiax.UnauthorizedCalls), Is.EqualTo((0, 1)));
    }

    [Test]
    public void No_stub_replaces_an_endpoint_of_the_realm() =>
        Assert.That(() => Apiax.StubApi(Apiax.TokenEndpoint.AbsolutePath, Teapot), Throws.ArgumentException);

    [Test]
    public async Task A_stub_may_be_code_that_sees_the_call_and_the_last_one_counts()
    {
        Apiax.StubApi("/rules");
        Apiax.StubApi("/RULES", context => context.Response.WriteAsync(context.Request.Method + context.Request.QueryString));

        using var response = await Client.GetAsync((await Client.SignInAsync()).AccessToken, "/rules?a=1");

        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("GET?a=1"));
    }

    [TestCase("rules")]
    [TestCase("/rules?a=1")]
    [TestCase("/rules#1")]
    [TestCase("/rules%20of%20a%20bank")]
    public void A_stub_that_no_request_could_reach_is_refused(string path) => Assert.That(() => Apiax.StubApi(path, Teapot), Throws.ArgumentException);

    [Test]
    public async Task A_stub_that_throws_is_a_500_that_says_why()
    {
        Apiax.StubApi("/rules", context =>
        {
            context.Response.ContentLength = 1;
            throw new InvalidOperationException("the rule is missing");
        });

        using var response = await Client.GetAsync((await Client.SignInAsync()).AccessToken);

        Assert.That((int)response.StatusCode, Is.EqualTo(500));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("InvalidOperationException: the rule is missing"));
    }

    [Test]
    public async Task A_stub_that_hangs_does_not_keep_the_sandbox_from_stopping()
    {
        Apiax.StubApi("/rules", async context => await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        var call = Client.CallAsync((await Client.SignInAsync()).AccessToken);
        await Waiting.UntilAsync(() => Task.FromResult(Apiax.ApiCalls == 1), "it did not happen");

        await Apiax.DisposeAsync().AsTask().Soon();

        Assert.That(() => call, Throws.InstanceOf<HttpRequestException>());
    }

    [Test]
    public async Task A_body_of_any_size_reaches_a_stub()
    {
        Apiax.StubApi("/rules", async context =>
        {
            var stored = new MemoryStream();
            await context.Request.Body.CopyToAsync(stored, context.RequestAborted);
            await context.Response.WriteAsync($"{stored.Length}");
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/rules") { Content = new ByteArrayContent(new byte[32_000_000]) };
        request.Headers.Authorization = new("Bearer", (await Client.SignInAsync()).AccessToken);

        using var http = new HttpClient { BaseAddress = Apiax.BaseAddress };
        using var response = await http.SendAsync(request);

        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("32000000"));
    }

    [TestCase(401)]
    [TestCase(403)]
    public async Task An_API_may_reject_with_another_status(int status)
    {
        Apiax.RejectionStatus = status;

        using var response = await Client.GetAsync("dead");

        Assert.That(((int)response.StatusCode, response.Headers.WwwAuthenticate.Count > 0), Is.EqualTo((status, status == 401)));
        Assert.That(Apiax.UnauthorizedCalls, Is.EqualTo(1));
    }

    [Test]
    public async Task A_401_on_demand_counts_as_unauthorized_whatever_an_API_rejects_with()
    {
        var token = (await Client.SignInAsync()).AccessToken;
        Apiax.RejectionStatus = 403;
        Apiax.FailApiCalls(401);
        Apiax.FailApiCalls(403);

        using var unauthorized = await Client.GetAsync(token!);
        Assert.That(((int)unauthorized.StatusCode, unauthorized.Headers.WwwAuthenticate.Count > 0), Is.EqualTo((401, true)));
        Assert.That(await Client.CallAsync(token), Is.EqualTo(403));
        Assert.That((Apiax.ApiCalls, Apiax.UnauthorizedCalls), Is.EqualTo((1, 1)));
    }

    private static Task Teapot(HttpContext context)
    {
        context.Response.StatusCode = 418;
        return Task.CompletedTask;
    }

    [Test]
    public async Task A_path_without_a_stub_is_not_found()
    {
        Assert.That(await Client.CallAsync((await Client.SignInAsync()).AccessToken, "/unknown"), Is.EqualTo(404));
        Assert.That(Apiax.ApiCalls, Is.EqualTo(1));
    }

    [Test]
    public async Task A_token_is_valid_until_it_expires()
    {
        Apiax.StubApi("/rules");
        var token = (await Client.SignInAsync()).AccessToken;

        Clock.Advance(TimeSpan.FromSeconds(1799.9));
        Assert.That(await Client.CallAsync(token), Is.EqualTo(200));

        Clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.That(await Client.CallAsync(token), Is.EqualTo(401));
    }

    [Test]
    public async Task Revoked_access_tokens_are_rejected_and_a_refresh_gets_a_valid_one()
    {
        Apiax.StubApi("/rules");
        var login = await Client.SignInAsync();

        Apiax.RevokeAccessTokens();

        Assert.That(await Client.CallAsync(login.AccessToken), Is.EqualTo(401));
        Assert.That(await Client.CallAsync((await Client.RefreshAsync(login)).AccessToken), Is.EqualTo(200));
        Assert.That(Apiax.Sessions, Is.EqualTo(1));
    }

    [Test]
    public async Task Every_token_is_rejected_on_demand()
    {
        Apiax.StubApi("/rules");
        var token = (await Client.SignInAsync()).AccessToken;

        Apiax.RejectEveryToken = true;
        Assert.That(await Client.CallAsync(token), Is.EqualTo(401));

        Apiax.RejectEveryToken = false;
        Assert.That(await Client.CallAsync(token), Is.EqualTo(200));
    }

    [Test]
    public async Task Calls_fail_on_demand_and_only_those_with_a_valid_token_use_a_fault_up()
    {
        Apiax.StubApi("/rules");
        var token = (await Client.SignInAsync()).AccessToken;
        Apiax.FailApiCalls(500);
        Apiax.FailApiCalls(401);

        Assert.That(await Client.CallAsync(null), Is.EqualTo(401));
        Assert.That(await Client.CallAsync(token), Is.EqualTo(500));
        Assert.That(await Client.CallAsync(token), Is.EqualTo(401));
        Assert.That(await Client.CallAsync(token), Is.EqualTo(200));
        Assert.That((Apiax.ApiCalls, Apiax.UnauthorizedCalls), Is.EqualTo((2, 2)));
    }

    [Test]
    public async Task Concurrent_calls_are_counted_exactly()
    {
        Apiax.StubApi("/rules");
        var token = (await Client.SignInAsync()).AccessToken;

        await Task.WhenAll(Enumerable.Range(0, 600).Select(i => Client.CallAsync(i % 3 == 0 ? null : token)));

        Assert.That((Apiax.ApiCalls, Apiax.UnauthorizedCalls), Is.EqualTo((400, 200)));
    }
}
