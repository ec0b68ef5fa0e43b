using Apiax.Http.Handlers.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests.Testing;

[TestFixture]
internal sealed class ApiaxSandboxTests : SandboxTests
{
    [Test]
    public void It_configures_an_account()
    {
        Action<ApiaxAuthOptions> configure = Apiax.Configure;
        var options = new ApiaxAuthOptions();

        configure(options);

        Assert.Multiple(() =>
        {
            Assert.That(options.TokenEndpoint, Is.EqualTo(Apiax.TokenEndpoint));
            Assert.That(options.TokenEndpoint.AbsolutePath, Is.EqualTo(ApiaxAuthDefaults.TokenEndpoint.AbsolutePath));
            Assert.That(options.Username, Is.EqualTo(Apiax.Username));
            Assert.That(options.Password, Is.EqualTo(Apiax.Password));
            Assert.That(options.ApiHosts, Is.EqualTo((string[])[$"127.0.0.1:{Apiax.BaseAddress.Port}"]));
        });
    }

    /// <summary>The sign-out of a test would otherwise be sent to the real server.</summary>
    [Test]
    public void It_replaces_the_endpoints_and_the_client_of_the_application_and_keeps_its_scope()
    {
        var options = new ApiaxAuthOptions { RevocationEndpoint = new Uri("https://login.bank.example/logout"), ClientId = "bank", Scope = "rules" };

        Apiax.Configure(options);

        Assert.That((options.RevocationEndpoint, options.ClientId, options.Scope), Is.EqualTo(((Uri?)null, ApiaxAuthDefaults.ClientId, "rules")));
    }

    [Test]
    public void Its_token_is_sent_to_no_host_that_the_application_has_configured()
    {
        var options = new ApiaxAuthOptions { ApiHosts = { "api.bank.example" } };

        Apiax.Configure(options);

        Assert.That(options.ApiHosts, Is.EqualTo((string[])[Apiax.BaseAddress.Authority]));
    }

    [Test]
    public async Task A_lost_login_does_not_delay_a_login_at_another_sandbox_on_the_same_port()
    {
        var port = Apiax.BaseAddress.Port;
        Apiax.DropTokenAnswers(int.MaxValue);
        var clock = new FakeTimeProvider();
        await Waiting.FailureOf<ApiaxAuthException>(TokenAsync(clock));

        await Apiax.DisposeAsync();
        await RestartAsync(new ApiaxSandboxOptions { Port = port });

        Assert.That((await TokenAsync(clock).Soon()).Value, Is.Not.Empty);
    }

    [Test]
    public async Task Two_sandboxes_are_independent()
    {
        await using var other = await ApiaxSandbox.StartAsync();
        using var otherClient = new SandboxClient(other);
        var token = (await otherClient.SignInAsync()).AccessToken;

        Assert.That(other.BaseAddress, Is.Not.EqualTo(Apiax.BaseAddress));
        Assert.That(other.Password, Is.Not.EqualTo(Apiax.Password));
        Assert.That(await Client.CallAsync(token), Is.EqualTo(401));
        Assert.That(Apiax.TokenRequests, Is.Empty);
    }

    [Test]
    public async Task A_stopped_sandbox_does_not_listen_any_more()
    {
        await Apiax.DisposeAsync();
        Assert.That(() => Client.SignInAsync(), Throws.InstanceOf<HttpRequestException>());
    }

    [TestCase(0.9)]
    [TestCase(3650 * 86_400.0 + 0.1)]
    public void A_lifetime_is_a_second_to_10_years(double seconds)
    {
        var options = new ApiaxSandboxOptions();
        var time = TimeSpan.FromSeconds(seconds);
        Assert.Multiple(() =>
        {
            Assert.That(() => options.TokenLifetime = time, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => options.SessionIdle = time, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => options.SessionMax = time, Throws.InstanceOf<ArgumentOutOfRangeException>());
        });
    }

    [Test]
    public async Task With_the_longest_lifetimes_a_login_succeeds()
    {
        var longest = TimeSpan.FromDays(3650);
        await RestartAsync(new ApiaxSandboxOptions { TokenLifetime = longest, SessionIdle = longest, SessionMax = longest });

        Assert.That((await Client.SignInAsync()).Json.GetProperty("expires_in").GetInt64(), Is.EqualTo(3650 * 86_400L));
    }

    [TestCase(-1L)]
    [TestCase(TimeSpan.TicksPerDay + 1)]
    public void A_delay_in_real_time_is_zero_to_a_day(long ticks)
    {
        var time = TimeSpan.FromTicks(ticks);
        Assert.Multiple(() =>
        {
            Assert.That(() => Apiax.LoginDuration = time, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Apiax.IngressTimeout = time, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Apiax.DelayTokenRequests(time), Throws.InstanceOf<ArgumentOutOfRangeException>());
        });
    }

    [TestCase(-1)]
    [TestCase(65536)]
    public void An_invalid_port_is_refused(int port) =>
        Assert.That(() => new ApiaxSandboxOptions { Port = port }, Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void A_value_that_would_fail_in_a_request_is_refused_at_once() => Assert.Multiple(() =>
    {
        Assert.That(() => new ApiaxSandboxOptions { TimeProvider = null! }, Throws.ArgumentNullException);
        Assert.That(() => new ApiaxSandboxOptions { KeycloakVersion = null! }, Throws.ArgumentNullException);
        Assert.That(() => new ApiaxSandboxOptions { Expiry = (SandboxExpiry)3 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Apiax.SetClient((SandboxClientKind)5), Throws.InstanceOf<ArgumentOutOfRangeException>());
    });

    [Test]
    public async Task It_listens_on_the_configured_port()
    {
        // Free, since another sandbox has just released it.
        var free = Apiax.BaseAddress.Port;
        await Apiax.DisposeAsync();
        await RestartAsync(new ApiaxSandboxOptions { Port = free });

        Assert.That(Apiax.BaseAddress.Port, Is.EqualTo(free));
        Assert.That((await Client.SignInAsync()).AccessToken, Is.Not.Empty);
    }

    [Test]
    public void A_port_that_is_taken_is_an_IOException_at_once() =>
        Assert.That(() => ApiaxSandbox.StartAsync(new ApiaxSandboxOptions { Port = Apiax.BaseAddress.Port }), Throws.InstanceOf<IOException>());

    [Test]
    public async Task Options_are_read_when_it_starts()
    {
        var options = new ApiaxSandboxOptions { TokenLifetime = TimeSpan.FromMinutes(1) };
        await RestartAsync(options);
        options.TokenLifetime = TimeSpan.FromMinutes(2);
        options.Scopes.Clear();

        var reply = await Client.PostAsync(("client_id", "integration-api"), ("grant_type", "password"), ("username", Apiax.Username), ("password", Apiax.Password), ("scope", "email"));
        Assert.That(reply.Json.GetProperty("expires_in").GetInt32(), Is.EqualTo(60));
    }

    private async Task<ApiaxAccessToken> TokenAsync(TimeProvider clock)
    {
        var options = new ApiaxAuthOptions();
        Apiax.Configure(options);
        await using var tokens = ApiaxAccessTokens.Create(options, timeProvider: clock);
        return await tokens.GetTokenAsync();
    }
}
