using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Settings that change while the application runs.</summary>
[TestFixture(false)]
[TestFixture(true)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class NamedSettingsTests
{
    private readonly bool _isOwnAccount;
    private readonly SettingsFile _file = new();
    private readonly IConfigurationRoot _configuration;

    public NamedSettingsTests(bool isOwnAccount)
    {
        _isOwnAccount = isOwnAccount;
        _configuration = new ConfigurationBuilder().Add(_file).AddConfiguration(App.Configuration(("Apiax:Username", "anna"), ("Apiax:Password", "right"))).Build();
    }

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

    /// <summary>.NET empties the settings of a file that is deleted for a moment, while the password comes from elsewhere.</summary>
    [TestCase("TokenEndpoint", "https://login.bank.example/token", "https://auth.apiax.io/auth/realms/apiax/protocol/openid-connect/token")]
    [TestCase("ApiHosts:0", "api.apiax.io", "*.apiax.io")]
    public async Task A_reload_does_not_fall_back_to_the_production_defaults(string name, string configured, string another)
    {
        _file.Contains((name, configured), ("ClientId", "one"));
        await using var app = Running();
        await app.GetAsync();

        _file.Contains();
        _file.Contains();
        await SignInAgainAsync(app);
        _file.Contains((name, another), ("ClientId", "two"));
        await SignInAgainAsync(app);

        Assert.That(app.Logs.Of("ReloadRefused").Single().Message, Does.Contain(name.Split(':')[0]).And.Contain("restart"));
        Assert.That(app.Endpoint.Forms.Where(form => form["grant_type"] == "password").Select(form => form["client_id"]), Is.EqualTo(["one", "one", "two"]));
    }

    /// <summary>The user and the password may come from a credentials provider.</summary>
    [TestCase("ClientId", "one", "two")]
    [TestCase("Scope", "rules", "files")]
    [TestCase("RevocationEndpoint", "https://login.bank.example/revoke", "https://login.bank.example/end")]
    public async Task A_reload_does_not_fall_back_to_the_defaults_of_another_account(string name, string configured, string another)
    {
        _file.Contains((name, configured));
        await using var app = Running();
        await app.GetAsync();

        _file.Contains();
        await SignInAgainAsync(app);
        Assert.That(app.Endpoint.Forms[^1], Is.EqualTo(app.Endpoint.Forms[0]));
        _file.Contains((name, another));
        await SignInAgainAsync(app);

        Assert.That(app.Logs.Of("ReloadRefused").Single().Message, Does.Contain($"{name} is no longer set; a restart accepts the default."));
    }

    [Test]
    public async Task Settings_that_were_read_and_not_used_do_not_fall_back_to_the_production_defaults()
    {
        _file.Contains(("ApiHosts:0", "api.bank.example"));
        await using var app = Running(configure: services => services.AddSingleton<IApiaxAccessTokenProvider>(new TokensStub()));
        app.Provider.GetRequiredService<IStartupValidator>().Validate();

        _file.Contains();

        Assert.That((await Waiting.FailureOf<OptionsValidationException>(app.GetAsync())).Message, Does.Contain("ApiHosts"));
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

    /// <summary>A reload of any setting of the application would otherwise send the password again.</summary>
    [Test]
    public async Task A_reload_does_not_end_the_back_off_of_an_account_with_a_credentials_provider([Values] bool isRejection, [Values] bool changesSettings)
    {
        var vault = new CredentialsStub();
        await using var app = Running(configure: services => _ = _isOwnAccount ? services.AddKeyedSingleton<IApiaxCredentialsProvider>("rules", vault) : services.AddSingleton<IApiaxCredentialsProvider>(vault));
        app.Endpoint.Fault = () => new HttpResponseMessage(isRejection ? HttpStatusCode.Unauthorized : HttpStatusCode.BadRequest) { Content = new StringContent(isRejection ? "" : """{"error":"unauthorized_client"}""") };
        await Waiting.FailureOf<ApiaxAuthException>(app.GetAsync());

        for (var reload = 1; reload <= 3; reload++)
        {
            Set(("RefreshAhead", changesSettings ? $"00:0{reload}:00" : null));
            await Waiting.FailureOf<ApiaxAuthException>(app.GetAsync());
        }

        Assert.That((app.Endpoint.Requests, vault.Reads), Is.EqualTo((1, 1)));
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
    public async Task Settings_that_change_while_they_are_read_for_a_provider_of_the_application_are_read_again()
    {
        using var reading = new SlowReader();
        await using var app = Running(_ => reading.Pass(), services => services.AddSingleton<IApiaxAccessTokenProvider>(new TokensStub()));

        var call = reading.InBackground(() => new ValueTask<HttpStatusCode>(app.GetAsync()));
        Set(("ApiHosts:0", "other.example"));
        reading.GoOn();
        await call.Soon();

        Assert.That(app.Api.Tokens, Is.EqualTo(new string?[] { null }));
    }

    [Test]
    public async Task Settings_that_need_their_own_token_fail_with_the_remedy()
    {
        App? app = null;
        await using var running = app = Running(_ => app!.Client().Send(new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/password")));

        var failure = await Waiting.FailureOf<InvalidOperationException>(app.GetAsync());

        Assert.That(failure.Message, Does.Contain(nameof(IApiaxCredentialsProvider)));
    }

    private App Running(Action<ApiaxAuthOptions>? afterwards = null, Action<IServiceCollection>? configure = null) => new(services =>
    {
        configure?.Invoke(services);
        if (_isOwnAccount)
            services.AddHttpClient("rules").AddApiaxAuth(_configuration.GetSection("Apiax"));
        else
            services.AddSingleton<IConfiguration>(_configuration).AddApiaxAuth();

        if (afterwards is not null)
            services.PostConfigureAll(afterwards);
    });

    private IApiaxAccessTokenProvider Tokens(App app) => _isOwnAccount ? app.Provider.GetRequiredKeyedService<IApiaxAccessTokenProvider>("rules") : app.Tokens;

    private void Set(params (string Name, string? Value)[] settings)
    {
        foreach (var (name, value) in settings)
            _configuration[$"Apiax:{name}"] = value;

        _configuration.Reload();
    }

    private static Task<HttpStatusCode> SignInAgainAsync(App app)
    {
        app.Endpoint.RefusesRefreshTokens = true;
        app.Time.Advance(TimeSpan.FromSeconds(1800));
        return app.GetAsync();
    }

    private sealed class SettingsFile : ConfigurationProvider, IConfigurationSource
    {
        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public void Contains(params (string Name, string Value)[] settings)
        {
            Data = settings.ToDictionary(setting => $"Apiax:{setting.Name}", string? (setting) => setting.Value, StringComparer.OrdinalIgnoreCase);
            OnReload();
        }
    }

    /// <summary>Holds the first reader of the settings, while it reads them, until it may continue.</summary>
    private sealed class SlowReader : IDisposable
    {
        private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(15);
        private readonly ManualResetEventSlim _reading = new();
        private readonly ManualResetEventSlim _goOn = new();
        private int _readers;

        public Task<T> InBackground<T>(Func<ValueTask<T>> call)
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
