using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Where an account's settings are read from, and how missing or wrong ones are reported.</summary>
[TestFixture]
internal sealed class AccountSettingsTests
{
    private static readonly (string, string?)[] Section = [("Apiax:Username", "anna"), ("Apiax:Password", "right")];

    [Test]
    public async Task A_clients_registration_alone_works_with_the_section_Apiax()
    {
        await using var app = new App(services => services.AddSingleton<IConfiguration>(App.Configuration(Section)).AddHttpClient("rules").AddApiaxAuth());

        await app.GetAsync("rules");
        await app.GetAsync("another");

        Assert.That(app.Api.Tokens, Is.EqualTo(new[] { "access-1", null }));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task The_section_is_not_read_when_the_application_configures_the_shared_account(bool registersFirst)
    {
        await using var app = new App(services =>
        {
            services.AddSingleton<IConfiguration>(App.Configuration([.. Section, ("Apiax:ClientId", "from-the-section"), ("Apiax:ApiHosts:0", "section.example")]));
            if (registersFirst)
                services.AddHttpClient("rules").AddApiaxAuth();

            services.Configure<ApiaxAuthOptions>(App.Ben);
            if (!registersFirst)
                services.AddHttpClient("rules").AddApiaxAuth();
        });

        await app.GetAsync("rules");

        Assert.That((app.Endpoint.Forms.Single()["username"], app.Endpoint.Forms.Single()["client_id"]), Is.EqualTo(("ben", ApiaxAuthDefaults.ClientId)));
    }

    private static IEnumerable<TestCaseData<Action<IServiceCollection>>> Setters =>
    [
        new(services => services.AddOptions<ApiaxAuthOptions>().BindConfiguration("Bank")) { TestName = "{m}(BindConfiguration)" },
        new(services => services.AddOptions<ApiaxAuthOptions>().Configure<IConfiguration>((options, _) => App.Ben(options))) { TestName = "{m}(Configure with a dependency)" },
        new(services => services.ConfigureOptions<BensSettings>()) { TestName = "{m}(ConfigureOptions)" },
        new(services => services.ConfigureOptions<BensNamedSettings>()) { TestName = "{m}(ConfigureOptions for any name)" },
        new(services => services.ConfigureAll<ApiaxAuthOptions>(App.Ben)) { TestName = "{m}(ConfigureAll)" },
    ];

    [TestCaseSource(nameof(Setters))]
    public async Task The_section_is_not_read_beside(Action<IServiceCollection> set)
    {
        await AssertOnlyBenSignsIn(services => set(services), services => services.AddHttpClient("rules").AddApiaxAuth());
        await AssertOnlyBenSignsIn(services => services.AddHttpClient("rules").AddApiaxAuth(), services => set(services));

        static async Task AssertOnlyBenSignsIn(params Action<IServiceCollection>[] registrations)
        {
            await using var app = new App(services =>
            {
                services.AddSingleton<IConfiguration>(App.Configuration([.. Section, ("Apiax:ApiHosts:0", "section.example"), ("Bank:Username", "ben"), ("Bank:Password", "right")]));
                Array.ForEach(registrations, register => register(services));
            });

            await app.GetAsync("rules");

            Assert.That(app.Endpoint.Forms.Select(form => form["username"]), Is.EqualTo(new[] { "ben" }));
        }
    }

    private static IEnumerable<TestCaseData<Action<IServiceCollection>>> EmptySetters =>
    [
        new(services => services.Configure<ApiaxAuthOptions>(_ => { })) { TestName = "{m}(Configure)" },
        new(services => services.AddOptions<ApiaxAuthOptions>().Configure<IConfiguration>((_, _) => { })) { TestName = "{m}(Configure with a dependency)" },
        new(services => services.AddOptions<ApiaxAuthOptions>().Configure<IConfiguration, IServiceProvider, ILoggerFactory, TimeProvider, IHttpClientFactory>((_, _, _, _, _, _) => { })) { TestName = "{m}(Configure with five dependencies)" },
        new(services => services.ConfigureOptions<NoSettings>()) { TestName = "{m}(ConfigureOptions)" },
        new(services => services.AddSingleton<IConfigureOptions<ApiaxAuthOptions>>(new ConfigureOptions<ApiaxAuthOptions>(_ => { }))) { TestName = "{m}(an object without a name)" },
    ];

    /// <summary>For example a secret that is empty for a moment: the service would sign in as another user.</summary>
    [TestCaseSource(nameof(EmptySetters))]
    public async Task The_section_does_not_replace_settings_whose_code_sets_nothing(Action<IServiceCollection> set)
    {
        await using var app = new App(services =>
        {
            services.AddSingleton<IConfiguration>(App.Configuration(Section)).AddHttpClient("rules").AddApiaxAuth();
            set(services);
        });

        await Waiting.FailureOf<OptionsValidationException>(app.GetAsync("rules"));

        Assert.That(app.Endpoint.Requests, Is.Zero);
    }

    [Test]
    public async Task The_section_is_read_into_options_without_a_name()
    {
        await using var app = new App(services => services.AddSingleton<IConfiguration>(App.Configuration(Section)).AddApiaxAuth());
        var options = new ApiaxAuthOptions();

        app.Provider.GetServices<IConfigureOptions<ApiaxAuthOptions>>().Single().Configure(options);

        Assert.That(options.Username, Is.EqualTo("anna"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task The_section_is_read_beside_settings_of_another_name_and_before_what_is_post_configured(bool registersFirst)
    {
        await using var app = new App(services =>
        {
            services.AddSingleton<IConfiguration>(App.Configuration([.. Section, ("Apiax:ClientId", "section")]));
            if (registersFirst)
                services.AddHttpClient("rules").AddApiaxAuth();

            services.AddOptions<ApiaxAuthOptions>("another").Configure<IConfiguration>((options, _) => App.Ben(options));
            services.PostConfigure<ApiaxAuthOptions>(options => options.ClientId = "last");
            if (!registersFirst)
                services.AddHttpClient("rules").AddApiaxAuth();
        });

        await app.GetAsync("rules");

        Assert.That((app.Endpoint.Forms.Single()["username"], app.Endpoint.Forms.Single()["client_id"]), Is.EqualTo(("anna", "last")));
    }

    [Test]
    public async Task What_code_sets_takes_precedence_over_the_section_in_any_order([Values] bool isSectionFirst, [Values] bool isAnotherClientFirst)
    {
        await using var app = new App(services =>
        {
            services.AddSingleton<IConfiguration>(App.Configuration([.. Section, ("Apiax:ClientId", "section")]));
            if (isAnotherClientFirst)
                services.AddHttpClient("own").AddApiaxAuth(App.Ben);
            if (isSectionFirst)
                services.AddApiaxAuth();

            services.AddApiaxAuth(options => options.ClientId = "code");
            if (!isSectionFirst)
                services.AddApiaxAuth();
        });

        await app.GetAsync("rules");

        Assert.That((app.Endpoint.Forms.Single()["username"], app.Endpoint.Forms.Single()["client_id"]), Is.EqualTo(("anna", "code")));
    }

    /// <summary>Otherwise a test that replaces the settings of an application would send the real password.</summary>
    [Test]
    public async Task What_is_post_configured_for_all_names_is_used_by_the_account_of_each_client()
    {
        var vault = new CredentialsStub { Username = "vault" };
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(App.Anna).AddHttpClient("own").AddApiaxAuth(options => options.TokenEndpoint = new Uri("https://real.example/token"));
            services.AddSingleton<IApiaxCredentialsProvider>(vault).AddKeyedSingleton<IApiaxCredentialsProvider>("own", vault);
            services.RemoveAll<IApiaxCredentialsProvider>().RemoveAllKeyed<IApiaxCredentialsProvider>("own").PostConfigureAll<ApiaxAuthOptions>(options =>
            {
                App.Ben(options);
                options.TokenEndpoint = new Uri("https://test.example/token");
            });
        });

        await app.GetAsync("rules");
        await app.GetAsync("own");

        Assert.That(app.Endpoint.Forms.Select(form => form["username"]), Is.EqualTo(new[] { "ben" }));
        Assert.That((app.Endpoint.LastMessage!.RequestUri!.Host, app.Api.Tokens.Last(), vault.Reads), Is.EqualTo(("test.example", "access-1", 0)));
    }

    [Test]
    public async Task The_section_is_read_again_for_a_single_registered_client()
    {
        var configuration = App.Configuration(Section);
        await using var app = new App(services => services.AddSingleton<IConfiguration>(configuration).AddHttpClient("rules").AddApiaxAuth());
        await app.GetAsync("rules");

        configuration["Apiax:Password"] = "rotated";
        configuration.Reload();
        app.Endpoint.RefusesRefreshTokens = true;
        app.Time.Advance(TimeSpan.FromHours(1));

        await app.GetAsync("rules");
        Assert.That(app.Endpoint.Forms[^1]["password"], Is.EqualTo("rotated"));
    }

    [Test]
    public async Task Code_that_sets_a_password_runs_again_after_the_password_was_rejected()
    {
        var password = "right";
        await using var app = new App(services => services.AddHttpClient("rules").AddApiaxAuth(options => (options.Username, options.Password) = ("anna", password)));
        await app.GetAsync();

        password = "rotated";
        app.Endpoint.Passwords.Add(password);
        app.Endpoint.RefusesRefreshTokens = true;
        app.Time.Advance(TimeSpan.FromHours(1));
        await Waiting.FailureOf<ApiaxAuthException>(app.GetAsync());
        app.Time.Advance(TimeSpan.FromHours(1));
        await app.GetAsync();

        Assert.That(app.Endpoint.Forms.Where(form => form["grant_type"] == "password").Select(form => form["password"]), Is.EqualTo(["right", "right", "rotated"]));
    }

    [Test]
    public async Task It_does_not_run_for_each_call_that_fails_meanwhile([Values] bool setsAnotherValueEachTime)
    {
        var runs = 0;
        await using var app = new App(services => services.AddHttpClient("rules").AddApiaxAuth(options =>
        {
            (options.Username, options.Password, runs) = ("anna", "wrong", runs + 1);
            if (setsAnotherValueEachTime)
                options.RefreshAhead = TimeSpan.FromMinutes(runs);
        }));
        app.Endpoint.Passwords.Add("right");
        for (var call = 0; call < 10; call++)
            await Waiting.FailureOf<ApiaxAuthException>(app.GetAsync());

        Assert.That((app.Endpoint.Requests, runs), Is.EqualTo((1, 1)));

        app.Time.Advance(TimeSpan.FromHours(1));
        for (var call = 0; call < 10; call++)
            await Waiting.FailureOf<ApiaxAuthException>(app.GetAsync());

        Assert.That((app.Endpoint.Requests, runs), Is.EqualTo((2, 2)));
    }

    private static IEnumerable<TestCaseData<Action<IServiceCollection>, string>> Missing =>
    [
        new(services => services.AddSingleton<IConfiguration>(App.Configuration(("Apiax:Username", "anna"))).AddHttpClient("rules").AddApiaxAuth(),
            "Password is missing. The section Apiax was read: set Apiax:Password (as an environment variable: Apiax__Password), or register services.AddScoped<IApiaxCredentialsProvider, …>().")
            { TestName = "{m}(the section Apiax)" },
        new(services => services.AddHttpClient("rules").AddApiaxAuth(App.Configuration(("My:Vault:Username", "anna")).GetSection("My:Vault")),
            "rules: Password is missing. The section My:Vault was read: set My:Vault:Password (as an environment variable: My__Vault__Password), or register services.AddKeyedScoped<IApiaxCredentialsProvider, …>(\"rules\").")
            { TestName = "{m}(a section of its own)" },
        new(services => services.AddHttpClient("rules").AddApiaxAuth(options => options.Username = "anna"),
            "rules: Password is missing. No configuration section was read: set it in services.AddHttpClient(\"rules\").AddApiaxAuth(options => …), or register services.AddKeyedScoped<IApiaxCredentialsProvider, …>(\"rules\").")
            { TestName = "{m}(code)" },
        new(services => services.AddScoped<IApiaxCredentialsProvider, CredentialsStub>().AddHttpClient("rules").AddApiaxAuth(options => options.Username = "anna"),
            "rules: Password is missing. No configuration section was read: set it in services.AddHttpClient(\"rules\").AddApiaxAuth(options => …), or register services.AddKeyedScoped<IApiaxCredentialsProvider, …>(\"rules\"). " +
            "The provider that is registered without a key is for the shared account only.")
            { TestName = "{m}(code, and a provider without a key)" },
    ];

    [TestCaseSource(nameof(Missing))]
    public async Task A_missing_setting_is_named_with_the_section_that_was_read_and_the_line_to_add(Action<IServiceCollection> configure, string message)
    {
        await using var app = new App(configure);

        var failure = await Waiting.FailureOf<OptionsValidationException>(app.GetAsync("rules"));

        Assert.That(failure.Failures, Is.EqualTo((string[])[message]));
    }

    private static IEnumerable<TestCaseData<IConfiguration>> Roots =>
    [
        new(new ConfigurationBuilder().Build()) { TestName = "{m}(a root)" },
        new(new ConfigurationManager()) { TestName = "{m}(a manager)" },
    ];

    [TestCaseSource(nameof(Roots))]
    public void The_whole_configuration_is_refused(IConfiguration configuration)
    {
        var services = new ServiceCollection();

        Assert.Multiple(() =>
        {
            Assert.That(() => services.AddApiaxAuth(configuration), Throws.ArgumentException.With.Message.Contains("GetSection"));
            Assert.That(() => services.AddHttpClient("rules").AddApiaxAuth(configuration), Throws.ArgumentException.With.Message.Contains("GetSection"));
            services.ConfigureHttpClientDefaults(defaults => Assert.That(() => defaults.AddApiaxAuth(configuration), Throws.ArgumentException));
        });
    }

    [Test]
    public async Task A_misspelled_setting_is_logged_once_at_start()
    {
        var configuration = App.Configuration([.. Section, ("Apiax:Scop", "x"), ("Apiax:BaseAddress", "https://x")]);
        await using var app = new App(services => services.AddSingleton<IConfiguration>(configuration).AddApiaxAuth());

        await app.GetAsync();
        configuration.Reload();
        await app.GetAsync();

        var warning = app.Logs.Of("MisspelledSetting").Single();
        Assert.That((warning.Level, warning.Message), Is.EqualTo((LogLevel.Warning, "Account (shared): Apiax:Scop is not a setting; did you mean Scope, which is not set?")));
    }

    [TestCase("Bank:Apaix", true)]
    [TestCase("Apiax", false)]
    public async Task A_section_that_does_not_exist_is_logged_once_unless_it_is_the_default(string section, bool isLogged)
    {
        var configuration = App.Configuration(("Bank:Apiax:TokenEndpoint", "https://auth.bank.example/token"));
        await using var app = new App(services => services.AddSingleton<IApiaxCredentialsProvider>(new CredentialsStub()).AddApiaxAuth(configuration.GetSection(section)));

        await app.GetAsync();
        configuration.Reload();
        await app.GetAsync();

        Assert.That(
            app.Logs.Of("MissingSection").Select(entry => (entry.Level, entry.Message)),
            Is.EqualTo(isLogged ? [(LogLevel.Warning, "Account (shared): The section Bank:Apaix does not exist; settings that nothing else sets have their defaults")] : Array.Empty<(LogLevel, string)>()));
    }

    [TestCase("right\n", true)]
    [TestCase("right\r\n", true)]
    [TestCase("right ", false)]
    public async Task A_password_that_ends_with_a_line_break_is_sent_as_it_is_and_logged_once(string password, bool isTold)
    {
        await using var app = new App(services => services.AddApiaxAuth(options => (options.Username, options.Password) = ("anna", password)));
        app.Endpoint.RefusesRefreshTokens = true;

        await app.GetAsync();
        app.Time.Advance(TimeSpan.FromHours(1));
        await app.GetAsync();

        Assert.That(app.Endpoint.Forms.Where(form => form["grant_type"] == "password").Select(form => form["password"]), Is.EqualTo([password, password]));
        Assert.That(app.Logs.Of("LineBreakInCredentials").Select(entry => entry.Level), Is.EqualTo(isTold ? [LogLevel.Warning] : Array.Empty<LogLevel>()));
    }

    [Test]
    public async Task A_line_break_from_a_credentials_provider_is_logged_too()
    {
        await using var app = new App(services => services.AddApiaxAuth(_ => { }).AddSingleton<IApiaxCredentialsProvider>(new CredentialsStub { Username = "anna\n" }));

        await app.GetAsync();

        Assert.That(app.Logs.Of("LineBreakInCredentials").Single().Message, Does.Contain("(shared)").And.Not.Contain("anna"));
    }

    [Test]
    public async Task Clients_may_have_the_reserved_names_of_accounts()
    {
        string[] names = ["(shared)", "(unnamed client)", "((shared)", "", "the shared account"];
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(App.Anna);
            foreach (var name in names)
                services.AddHttpClient(name).AddApiaxAuth(options => (options.Username, options.Password) = ($"user of {name}", "right"));

            services.AddKeyedSingleton<IApiaxCredentialsProvider>("(shared)", new CredentialsStub { Username = "keyed" });
            services.AddHealthChecks().AddApiaxAuth();
        });

        foreach (var name in names)
            await app.GetAsync(name);

        var report = await app.Provider.GetRequiredService<HealthCheckService>().CheckHealthAsync().Soon();
        Assert.That(report.Status, Is.EqualTo(HealthStatus.Healthy));
        Assert.That(app.Endpoint.Forms.Select(form => form["username"]), Is.EqualTo(["keyed", "user of (unnamed client)", "user of ((shared)", "user of ", "user of the shared account"]));
        Assert.That(app.Provider.GetRequiredService<ApiaxAccounts>().GetStatus().Select(status => status.Account).ToArray(), Is.Unique.And.Length.EqualTo(6));
    }

    [Test]
    public async Task A_synchronously_disposed_container_disposes_its_provider()
    {
        using var endpoint = new TokenEndpointStub();
        var services = new ServiceCollection().AddSingleton(_ => ApiaxAccessTokens.Create(new ApiaxAuthOptions { Username = "anna", Password = "right" }, handler: endpoint));
        var container = services.BuildServiceProvider();
        var tokens = container.GetRequiredService<ApiaxAccessTokenProvider>();

        container.Dispose();

        await Waiting.FailureOf<ObjectDisposedException>(Task.Run(async () => await tokens.GetTokenAsync()));
    }

    private sealed class BensSettings : IConfigureOptions<ApiaxAuthOptions>
    {
        public void Configure(ApiaxAuthOptions options) => App.Ben(options);
    }

    private sealed class NoSettings : IConfigureOptions<ApiaxAuthOptions>
    {
        public void Configure(ApiaxAuthOptions options)
        {
        }
    }

    private sealed class BensNamedSettings : IConfigureNamedOptions<ApiaxAuthOptions>
    {
        public void Configure(ApiaxAuthOptions options) => App.Ben(options);

        public void Configure(string? name, ApiaxAuthOptions options) => App.Ben(options);
    }
}
