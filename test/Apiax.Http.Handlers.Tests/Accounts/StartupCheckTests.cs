using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Wrong settings are detected when the host starts, or at first use without a host.</summary>
[TestFixture]
internal sealed class StartupCheckTests
{
    [Test]
    public async Task The_host_does_not_start_and_each_wrong_setting_is_named()
    {
        var failure = await Waiting.FailureOf<OptionsValidationException>(StartAsync(services => services.AddApiaxAuth(options =>
        {
            options.TokenEndpoint = new Uri("http://auth.example/token");
            options.Password = "hush";
            options.ApiHosts.Add("https://api.apiax.io/");
            options.RefreshAhead = TimeSpan.FromSeconds(-1);
        })));

        Assert.That(failure.Failures.Select(line => line.Split(' ', '[')[0]), Is.EquivalentTo(["TokenEndpoint", "Username", "ApiHosts", "RefreshAhead"]));
        Assert.That(failure.ToString(), Does.Not.Contain("hush"));
    }

    private static IEnumerable<TestCaseData<Action<IServiceCollection>, string>> Ignored =>
    [
        new(services => services.AddSingleton(Options.Create(new ApiaxAuthOptions())), "IOptions") { TestName = "{m}(Options.Create)" },
        new(services => services.AddSingleton<IOptions<ApiaxAuthOptions>, OptionsOfTest>(), "IOptions") { TestName = "{m}(its own IOptions)" },
        new(services => services.AddSingleton<IOptionsMonitor<ApiaxAuthOptions>>(_ => throw new NotSupportedException()), "IOptionsMonitor") { TestName = "{m}(its own IOptionsMonitor)" },
        new(services => services.AddScoped<IOptionsSnapshot<ApiaxAuthOptions>>(_ => throw new NotSupportedException()), "IOptionsSnapshot") { TestName = "{m}(its own IOptionsSnapshot)" },
        new(services => services.AddSingleton<IOptionsMonitorCache<ApiaxAuthOptions>>(new OptionsCache<ApiaxAuthOptions>()), "IOptionsMonitorCache") { TestName = "{m}(its own IOptionsMonitorCache)" },
    ];

    [TestCaseSource(nameof(Ignored))]
    public async Task Options_of_a_test_that_would_be_ignored_are_refused(Action<IServiceCollection> register, string type)
    {
        var failure = await Waiting.FailureOf<OptionsValidationException>(StartAsync(services => register(services.AddApiaxAuth(App.Anna))));

        Assert.That(failure.Failures.Single(), Is.EqualTo($"A registered {type}<ApiaxAuthOptions> has no effect. Set its values with services.PostConfigureAll<ApiaxAuthOptions>(…) instead."));
    }

    [Test]
    public async Task A_credentials_provider_of_a_client_with_the_shared_account_is_refused()
    {
        var failure = await Waiting.FailureOf<OptionsValidationException>(StartAsync(services =>
        {
            services.AddKeyedScoped<IApiaxCredentialsProvider, CredentialsStub>("rules").AddKeyedScoped<IApiaxCredentialsProvider, CredentialsStub>("screening");
            services.AddApiaxAuth(App.Anna).AddHttpClient("rules").AddApiaxAuth().AddApiaxAuth();
            services.AddHttpClient("screening").AddApiaxAuth(_ => { });
        }));

        Assert.That(failure.Failures.Single(), Is.EqualTo("rules: The IApiaxCredentialsProvider that is registered for this client is not used, since the client has the shared account. Give it its own: services.AddHttpClient(\"rules\").AddApiaxAuth(_ => { }), or a section."));
    }

    /// <summary>It would end a process whose configuration source reloads on a timer.</summary>
    [Test]
    public async Task After_the_start_a_reload_of_wrong_settings_throws_nothing_and_runs_the_settings_code_once()
    {
        var runs = 0;
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        var configuration = App.Configuration(("Apiax:Username", "anna"), ("Apiax:Password", "right"));
        builder.Configuration.AddConfiguration(configuration);
        builder.Services.AddApiaxAuth().PostConfigure<ApiaxAuthOptions>(_ => runs++);
        using var host = builder.Build();
        await host.StartAsync().Soon();
        _ = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("rules");
        await Waiting.FailureOf<ApiaxAuthException>(host.Services.GetRequiredService<ApiaxAccounts>().SignInAsync());
        runs = 0;

        configuration["Apiax:Password"] = "";
        configuration.Reload();

        Assert.That(runs, Is.EqualTo(1));
        await host.StopAsync().Soon();
    }

    [TestCase("")]
    [TestCase("rules")]
    public async Task The_client_of_a_wrong_account_is_named(string client)
    {
        var failure = await Waiting.FailureOf<OptionsValidationException>(StartAsync(services => services.AddHttpClient(client).AddApiaxAuth(_ => { })));

        Assert.That(failure.Failures.Count(line => line.StartsWith(client.Length == 0 ? "(unnamed client): " : "rules: ", StringComparison.Ordinal)), Is.EqualTo(2));
    }

    [Test]
    public async Task The_section_of_the_hosts_configuration_is_checked()
    {
        var failure = await Waiting.FailureOf<OptionsValidationException>(StartAsync(services => services.AddApiaxAuth(), ("Apiax:Username", "anna")));

        Assert.That(failure.Failures.Single(), Does.StartWith("Password"));
    }

    [Test]
    public async Task A_value_that_cannot_be_read_stops_the_host_too()
    {
        var failure = await Waiting.FailureOf<OptionsValidationException>(StartAsync(
            services => services.AddApiaxAuth(), ("Apiax:Username", "anna"), ("Apiax:Password", "right"), ("Apiax:RefreshAhead", "soon")));

        Assert.That(failure.Failures.Single(), Is.EqualTo("Apiax:RefreshAhead cannot be read as a duration such as 00:00:30."));
        Assert.That((failure.InnerException, failure.ToString()), Is.EqualTo(((Exception?)null, failure.ToString().Replace("soon", ""))));
    }

    private static IEnumerable<TestCaseData<Action<IServiceCollection>>> Startable =>
    [
        new(services => services.AddApiaxAuth(App.Anna)) { TestName = "{m}(a valid account)" },
        new(services => services.AddApiaxAuth(_ => { }).AddScoped<IApiaxCredentialsProvider, CredentialsStub>()) { TestName = "{m}(an account with a credentials provider)" },
        new(services => services.AddKeyedScoped<IApiaxCredentialsProvider, CredentialsStub>(KeyedService.AnyKey).AddApiaxAuth(App.Anna).AddHttpClient("rules").AddApiaxAuth())
        {
            TestName = "{m}(a credentials provider with any key)",
        },
        new(services => services.AddHttpClient("rules").AddApiaxAuth(App.Anna)) { TestName = "{m}(a shared account that nobody uses)" },
        new(services => services.Configure<ApiaxAuthOptions>("spare", options => options.ClientId = "").AddApiaxAuth(App.Anna)) { TestName = "{m}(options that nobody uses)" },
        new(services =>
        {
            services.AddHttpClient("rules").AddApiaxAuth();
            services.AddHttpClient("rules").AddApiaxAuth(App.Anna);
        }) { TestName = "{m}(a shared account that gave way to a client's own)" },
        new(services => services.AddApiaxAuth(App.Anna).AddSingleton<IOptionsMonitorCache<HttpClientFactoryOptions>, OptionsCache<HttpClientFactoryOptions>>())
        {
            TestName = "{m}(replaced options of others)",
        },
        new(services => services.AddApiaxAuth(App.Anna).AddSingleton<IOptionsMonitorCache<ApiaxAuthOptions>, OptionsCache<ApiaxAuthOptions>>().AddSingleton<IApiaxAccessTokenProvider>(new TokensStub()))
        {
            TestName = "{m}(options that are ignored, and no account)",
        },
    ];

    [TestCaseSource(nameof(Startable))]
    public Task The_host_starts_with(Action<IServiceCollection> configure) => StartAsync(configure);

    [Test]
    public async Task Without_a_host_the_first_call_finds_it_and_repaired_settings_work()
    {
        var configuration = App.Configuration(("Apiax:Username", "anna"));
        await using var app = new App(services => services.AddSingleton<IConfiguration>(configuration).AddApiaxAuth());

        var failure = await Waiting.FailureOf<OptionsValidationException>(app.GetAsync());
        Assert.That(failure.Failures.Single(), Does.StartWith("Password"));
        await Waiting.FailureOf<OptionsValidationException>(app.GetAsync());

        configuration["Apiax:Password"] = "right";
        configuration.Reload();
        await app.GetAsync();
        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1"]));
    }

    private static async Task StartAsync(Action<IServiceCollection> configure, params (string Key, string? Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Configuration.AddConfiguration(App.Configuration(settings));
        configure(builder.Services);
        using var host = builder.Build();
        await host.StartAsync().Soon();
        await host.StopAsync().Soon();
    }

    private sealed class OptionsOfTest : IOptions<ApiaxAuthOptions>
    {
        public ApiaxAuthOptions Value { get; } = new();
    }
}
