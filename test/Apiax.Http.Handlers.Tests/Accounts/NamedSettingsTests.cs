using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Settings that change while the application runs.</summary>
[TestFixture(false)]
[TestFixture(true)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class NamedSettingsTests(bool isOwnAccount)
{
    private readonly IConfigurationRoot _configuration = App.Configuration(("Apiax:Username", "anna"), ("Apiax:Password", "right"));

    [TestCase("Password", "")]
    [TestCase("ApiHosts:0", "https://not-a-host/")]
    [TestCase("RefreshAhead", "-00:00:01")]
    [TestCase("RefreshAhead", "soon")]
    [TestCase("RetryOnUnauthorized", "perhaps")]
    public async Task An_invalid_reload_is_logged_once_and_the_previous_settings_stay(string name, string value)
    {
        await using var app = Running();
        await app.GetAsync();

        Set((name, value));
        _configuration.Reload();
        app.Endpoint.RefusesRefreshTokens = true;
        app.Time.Advance(TimeSpan.FromSeconds(1800));

        Assert.That(await app.GetAsync(), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1", "access-2"]));
        var refused = app.Logs.Of("ReloadRefused").Single();
        Assert.That(refused.Level, Is.EqualTo(LogLevel.Error));
        Assert.That(refused.Message, Does.Contain(name.Split(':')[0]));
    }

    /// <summary>For example the handler of a client that the factory does not create.</summary>
    [Test]
    public async Task The_containers_provider_serves_a_handler_that_the_application_creates()
    {
        await using var app = new App(services => services.AddApiaxAuth(_configuration.GetSection("Apiax")));
        app.Api.Rejected.Add("access-1");
        using var http = new HttpClient(new BearerTokenHandler(app.Tokens, new ApiaxAuthOptions()) { InnerHandler = app.Api });

        for (var call = 0; call < 2; call++)
        {
            using var response = await http.GetAsync(new Uri("https://api.apiax.io/rules")).Soon();
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        }

        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1", "access-2", "access-2"]));
    }

    [Test]
    public async Task A_repaired_reload_counts()
    {
        await using var app = Running();
        await app.GetAsync();

        Set(("ApiHosts:0", "https://not-a-host/"));
        Set(("ApiHosts:0", "other.example"));

        await app.GetAsync(url: "https://other.example/");
        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1", "access-1"]));
    }

    [Test]
    public async Task A_changed_password_ends_the_cool_down()
    {
        await using var app = Running();
        app.Endpoint.Passwords.Add("changed");
        await Waiting.FailureOf<ApiaxAuthException>(app.GetAsync());

        Set(("Password", "changed"));
        app.Time.Advance(UserLogin.Spacing);

        Assert.That(await app.GetAsync(), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(app.Endpoint.Requests, Is.EqualTo(2));
    }

    [Test]
    public async Task A_reload_without_another_password_does_not_send_it_again()
    {
        await using var app = Running();
        app.Endpoint.Passwords.Add("changed");
        await Waiting.FailureOf<ApiaxAuthException>(app.GetAsync());

        _configuration.Reload();
        var failure = await Waiting.FailureOf<ApiaxAuthException>(app.GetAsync());

        Assert.That(failure.Reason, Is.EqualTo(ApiaxAuthFailure.CredentialsRejected));
        Assert.That(app.Endpoint.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task A_changed_password_keeps_the_token()
    {
        await using var app = Running();
        await app.GetAsync();

        Set(("Password", "changed"));
        await app.GetAsync();

        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1", "access-1"]));
        Assert.That(app.Endpoint.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task A_changed_user_is_another_account_and_the_former_one_is_found_again()
    {
        await using var app = Running();
        await app.GetAsync();

        Set(("Username", "ben"));
        await app.GetAsync();
        Set(("Username", "anna"));
        await app.GetAsync();

        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1", "access-2", "access-1"]));
        Assert.That(app.Endpoint.Forms.Select(form => form["username"]), Is.EqualTo(["anna", "ben"]));
    }

    [Test]
    public async Task Changed_hosts_count_at_once()
    {
        await using var app = Running();
        await app.GetAsync();

        Set(("ApiHosts:0", "other.example"));
        await app.GetAsync();
        await app.GetAsync(url: "https://other.example/");

        Assert.That(app.Api.Tokens, Is.EqualTo(new[] { "access-1", null, "access-1" }));
    }

    [Test]
    public async Task A_caller_with_another_transport_replaces_a_rejected_token()
    {
        await using var app = Running();
        var tokens = Tokens(app);

        var rejected = await tokens.GetTokenAsync();
        var other = await tokens.ReplaceTokenAsync(rejected);

        Assert.That(other?.Value, Is.EqualTo("access-2"));
    }

    [Test]
    public async Task Settings_that_change_while_they_are_read_are_read_again()
    {
        using var reading = new SlowReader();
        await using var app = Running(_ => reading.Pass());
        var tokens = Tokens(app);

        var token = reading.InBackground(() => tokens.GetTokenAsync());
        Set(("Username", "ben"));
        reading.GoOn();
        await token.Soon();

        Assert.That(app.Endpoint.Forms.Select(form => form["username"]), Is.EqualTo(["ben"]));
    }

    [Test]
    public async Task Settings_that_need_their_own_token_fail_with_the_remedy()
    {
        App? app = null;
        await using var running = app = Running(_ => app!.Client().Send(new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/password")));

        var failure = await Waiting.FailureOf<InvalidOperationException>(app.GetAsync());

        Assert.That(failure.Message, Does.Contain(nameof(IApiaxCredentialsProvider)));
    }

    private App Running(Action<ApiaxAuthOptions>? afterwards = null) => new(services =>
    {
        if (isOwnAccount)
            services.AddHttpClient("rules").AddApiaxAuth(_configuration.GetSection("Apiax"));
        else
            services.AddSingleton<IConfiguration>(_configuration).AddApiaxAuth();

        if (afterwards is not null)
            services.PostConfigureAll(afterwards);
    });

    private IApiaxAccessTokenProvider Tokens(App app) => isOwnAccount ? app.Provider.GetRequiredKeyedService<IApiaxAccessTokenProvider>("rules") : app.Tokens;

    private void Set(params (string Name, string? Value)[] settings)
    {
        foreach (var (name, value) in settings)
            _configuration[$"Apiax:{name}"] = value;

        _configuration.Reload();
    }

    /// <summary>Holds the first reader of the settings, while it reads them, until it may continue.</summary>
    private sealed class SlowReader : IDisposable
    {
        private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(15);
        private readonly ManualResetEventSlim _reading = new();
        private readonly ManualResetEventSlim _goOn = new();
        private int _readers;

        public Task<ApiaxAccessToken> InBackground(Func<ValueTask<ApiaxAccessToken>> call)
        {
            var result = Task.Run(async () => await call());
            Assert.That(_reading.Wait(MaxWait));
            return result;
        }

        public void Pass()
        {
            if (Interlocked.Increment(ref _readers) > 1)
                return;

            _reading.Set();
            _goOn.Wait(MaxWait);
        }

        public void GoOn() => _goOn.Set();

        public void Dispose()
        {
            _reading.Dispose();
            _goOn.Dispose();
        }
    }
}
