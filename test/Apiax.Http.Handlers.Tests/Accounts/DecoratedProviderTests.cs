using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers.Tests;

/// <summary>A provider of the application that gets its tokens from the library's: the account is validated, signed in and reloaded as without such a provider.</summary>
[TestFixture]
internal sealed class DecoratedProviderTests
{
    private static readonly (string Key, string? Value)[] Anna = [("Apiax:Username", "anna"), ("Apiax:Password", "right")];

    private static IEnumerable<TestCaseData<Action<ApiaxAuthOptions>, string>> Wrong =>
    [
        new(options => options.TokenEndpoint = new Uri("http://login.bank.example/token"), "TokenEndpoint must use https") { TestName = "{m}(http)" },
        new(options => options.TokenTimeout = TimeSpan.FromDays(-1), "TokenTimeout (-1.00:00:00) must be") { TestName = "{m}(a time limit)" },
        new(options => options.Username = null, "Username is missing") { TestName = "{m}(no user name)" },
    ];

    [TestCaseSource(nameof(Wrong))]
    public async Task The_host_does_not_start_with_wrong_settings_of_its_account(Action<ApiaxAuthOptions> configure, string failure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddApiaxAuth(options => Configure(options, configure));
        Decorate(builder.Services);
        using var host = builder.Build();

        Assert.That((await Waiting.FailureOf<OptionsValidationException>(host.StartAsync())).Failures, Has.Some.Contains(failure));
    }

    [Test]
    public async Task The_host_does_not_start_with_wrong_settings_of_a_clients_own_account()
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddHttpClient("rules").AddApiaxAuth(options => Configure(options, wrong => wrong.TokenEndpoint = new Uri("http://login.bank.example/token")));
        var library = builder.Services.Last(service => service.ServiceType == typeof(IApiaxAccessTokenProvider) && service.IsKeyedService);
        builder.Services.AddKeyedSingleton<IApiaxAccessTokenProvider>("rules", (provider, key) =>
        {
            var tokens = (IApiaxAccessTokenProvider)library.KeyedImplementationFactory!(provider, key);
            return new Decorator(() => tokens);
        });
        using var host = builder.Build();

        Assert.That((await Waiting.FailureOf<OptionsValidationException>(host.StartAsync())).Failures, Has.Some.Contains("TokenEndpoint must use https"));
    }

    [TestCaseSource(nameof(Wrong))]
    public async Task No_password_is_sent_with_settings_that_were_read_before_the_account_was_needed(Action<ApiaxAuthOptions> configure, string failure)
    {
        await using var app = new App(services =>
        {
            services.AddHttpClient("rules").AddApiaxAuth(options => Configure(options, configure));
            services.AddSingleton<IApiaxAccessTokenProvider>(provider => new Decorator(() => provider.GetRequiredKeyedService<IApiaxAccessTokenProvider>("rules")));
        });
        app.Provider.GetRequiredService<IStartupValidator>().Validate();

        for (var call = 0; call < 2; call++)
            Assert.That((await Waiting.FailureOf<OptionsValidationException>(app.GetAsync())).Failures, Has.Some.Contains(failure));

        Assert.That(app.Endpoint.Requests, Is.Zero);
    }

    [Test]
    public async Task A_required_warm_up_signs_in()
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        using var endpoint = new TokenEndpointStub();
        builder.Services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => endpoint);
        builder.Services.AddApiaxAuth(App.Anna).AddApiaxAuthWarmup(required: true);
        Decorate(builder.Services);
        using var host = builder.Build();

        await host.StartAsync().Soon();

        Assert.That(endpoint.Requests, Is.EqualTo(1));
        await host.StopAsync().Soon();
    }

    [Test]
    public async Task A_host_that_a_reload_removes_gets_no_token([Values] bool decorates)
    {
        var configuration = App.Configuration(Anna);
        await using var app = AppOf(configuration, decorates);
        await app.GetAsync();

        configuration["Apiax:ApiHosts:0"] = "other.apiax.io";
        configuration.Reload();
        await app.GetAsync();

        Assert.That(app.Api.Calls.Select(call => call.Token is not null), Is.EqualTo([true, false]));
    }

    [Test]
    public async Task An_invalid_reload_leaves_the_settings_in_force_and_is_logged([Values] bool decorates)
    {
        var configuration = App.Configuration([.. Anna, ("Apiax:ApiHosts:0", "api.apiax.io")]);
        await using var app = AppOf(configuration, decorates);
        await app.GetAsync();

        configuration["Apiax:ApiHosts:0"] = "https://other.apiax.io/";
        configuration.Reload();
        await app.GetAsync();

        Assert.That(app.Api.Calls.Select(call => call.Token is not null), Is.EqualTo([true, true]));
        Assert.That(app.Logs.Of("ReloadRefused").Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task The_settings_code_runs_once_for_fifty_clients([Values] bool decorates)
    {
        var runs = 0;
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(options =>
            {
                App.Anna(options);
                Interlocked.Increment(ref runs);
            });
            Serve(services, decorates);
        });

        await Waiting.AtOnceAsync(50, number => app.GetAsync($"client{number}"));

        Assert.That(runs, Is.EqualTo(1));
    }

    private static void Configure(ApiaxAuthOptions options, Action<ApiaxAuthOptions> configure)
    {
        App.Anna(options);
        configure(options);
    }

    private static App AppOf(IConfiguration configuration, bool decorates) => new(services =>
    {
        services.AddApiaxAuth(configuration.GetSection("Apiax"));
        Serve(services, decorates);
    });

    private static void Serve(IServiceCollection services, bool decorates)
    {
        if (decorates)
            Decorate(services);
        else
            services.AddSingleton<IApiaxAccessTokenProvider>(new TokensStub());
    }

    private static void Decorate(IServiceCollection services)
    {
        var library = services.Last(service => service.ServiceType == typeof(IApiaxAccessTokenProvider) && !service.IsKeyedService);
        services.AddSingleton<IApiaxAccessTokenProvider>(provider =>
        {
            var tokens = (IApiaxAccessTokenProvider)library.ImplementationFactory!(provider);
            return new Decorator(() => tokens);
        });
    }

    private sealed class Decorator(Func<IApiaxAccessTokenProvider> tokens) : IApiaxAccessTokenProvider
    {
        public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => tokens().GetTokenAsync(cancellationToken);

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) => tokens().ReplaceTokenAsync(rejected, cancellationToken);
    }
}
