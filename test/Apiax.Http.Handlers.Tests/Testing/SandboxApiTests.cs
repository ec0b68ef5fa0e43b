using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;

namespace Apiax.Http.Handlers.Tests.Testing;

[TestFixture]
internal sealed class SandboxApiTests : SandboxTests
{
    [Test]
    public async Task A_live_token_reaches_the_stub()
    {
        Apiax.StubApi("/rules", """["rule"]""");

        using var response = await Client.GetAsync((await Client.SignInAsync()).AccessToken);

        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("""["rule"]"""));
        Assert.That((Apiax.ApiCalls, Apiax.UnauthorizedCalls), Is.EqualTo((1, 0)));
    }

    [TestCase(null)]
    [TestCase("not-a-token")]
    public async Task No_stub_reaches_around_the_check_of_the_token(string? token)
    {
        Apiax.Server.Given(Request.Create()).AtPriority(int.MinValue).RespondWith(Response.Create().WithStatusCode(200));

        using var response = await Client.GetAsync(token);

        Assert.That((int)response.StatusCode, Is.EqualTo(401));
        Assert.That(response.Headers.WwwAuthenticate.ToString(), Is.EqualTo("Bearer error=\"invalid_token\""));
        Assert.That((Apiax.ApiCalls, Apiax.UnauthorizedCalls), Is.EqualTo((0, 1)));
    }

    [Test]
    public async Task No_stub_stands_in_for_the_token_endpoint()
    {
        Apiax.Server.Given(Request.Create()).AtPriority(int.MinValue).RespondWith(Response.Create().WithStatusCode(418));
        Assert.That((await Client.SignInAsync()).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task No_password_gets_into_WireMocks_log()
    {
        await Client.SignInAsync();
        Assert.That(Apiax.Server.LogEntries, Is.Empty);
    }

    [Test]
    public async Task A_path_without_a_stub_is_not_found()
    {
        Assert.That(await Client.CallAsync((await Client.SignInAsync()).AccessToken, "/unknown"), Is.EqualTo(404));
        Assert.That(Apiax.ApiCalls, Is.EqualTo(1));
    }

    [Test]
    public async Task A_token_is_good_until_it_expires()
    {
        Apiax.StubApi("/rules");
        var token = (await Client.SignInAsync()).AccessToken;

        Clock.Advance(TimeSpan.FromSeconds(1799.9));
        Assert.That(await Client.CallAsync(token), Is.EqualTo(200));

        Clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.That(await Client.CallAsync(token), Is.EqualTo(401));
    }

    [Test]
    public async Task Revoked_access_tokens_are_rejected_and_a_refresh_brings_a_good_one()
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
    public async Task Calls_fail_on_demand_and_only_those_with_a_live_token_use_a_fault_up()
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
    public async Task Calls_are_counted_exactly_when_hundreds_come_at_once()
    {
        Apiax.StubApi("/rules");
        var token = (await Client.SignInAsync()).AccessToken;

        await Task.WhenAll(Enumerable.Range(0, 600).Select(i => Client.CallAsync(i % 3 == 0 ? null : token)));

        Assert.That((Apiax.ApiCalls, Apiax.UnauthorizedCalls), Is.EqualTo((400, 200)));
    }
}
