using Apiax.Http.Handlers.Testing;

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

    [Test]
    public void A_lifetime_is_a_second_or_more()
    {
        var options = new ApiaxSandboxOptions();
        Assert.Multiple(() =>
        {
            Assert.That(() => options.TokenLifetime = TimeSpan.FromSeconds(0.9), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => options.SessionIdle = TimeSpan.FromSeconds(0.9), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => options.SessionMax = TimeSpan.FromSeconds(0.9), Throws.InstanceOf<ArgumentOutOfRangeException>());
        });
    }

    [TestCase(-1)]
    [TestCase(65536)]
    public void An_invalid_port_is_refused(int port) =>
        Assert.That(() => new ApiaxSandboxOptions { Port = port }, Throws.InstanceOf<ArgumentOutOfRangeException>());

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
}
