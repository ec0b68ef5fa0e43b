#pragma warning disable ASPDEPR004, ASPDEPR008 // The old host is what is tested.
using Apiax.Http.Handlers.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers.Tests.Hosting;

/// <summary>The old host, which TestServer uses as well: it validates no options at start, and supports no services that start before or stop after the others.</summary>
[TestFixture]
internal sealed class LegacyWebHostTests
{
    private ApiaxSandbox _apiax = null!;

    [SetUp]
    public async Task StartAsync() => _apiax = await ApiaxSandbox.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _apiax.DisposeAsync();

    [Test]
    public async Task A_required_token_is_there_when_it_has_started([Values] bool isRegisteredFirst)
    {
        using var host = Host(services =>
        {
            if (isRegisteredFirst)
                services.AddApiaxAuthWarmup(required: true);
            services.AddApiaxAuth(_apiax.Configure);
            if (!isRegisteredFirst)
                services.AddApiaxAuthWarmup(required: true);
        });

        await host.StartAsync().Soon();

        Assert.That(_apiax.Logins, Is.EqualTo(1));
    }

    [Test]
    public async Task A_required_token_that_cannot_be_obtained_ends_the_start()
    {
        _apiax.FailTokenRequests(404, int.MaxValue);
        using var host = Host(services => services.AddApiaxAuth(_apiax.Configure).AddApiaxAuthWarmup(required: true));

        await Waiting.FailureOf<ApiaxAuthException>(host.StartAsync());
    }

    private static IEnumerable<TestCaseData<Action<IServiceCollection>>> Registrations =>
    [
        new(services => services.AddApiaxAuthWarmup()) { TestName = "{m}(warm-up)" },
        new(services => services.AddApiaxAuthSignOut()) { TestName = "{m}(sign-out)" },
        new(services => services.AddHealthChecks().AddApiaxAuth()) { TestName = "{m}(health check)" },
    ];

    [TestCaseSource(nameof(Registrations))]
    public async Task Wrong_settings_end_the_start_with_any_registration(Action<IServiceCollection> register)
    {
        using var host = Host(services => register(services.AddApiaxAuth(options => options.Username = "anna")));

        var failure = await Waiting.FailureOf<OptionsValidationException>(host.StartAsync());

        Assert.That(failure.Message, Does.Contain("Password"));
    }

    [TestCaseSource(nameof(Registrations))]
    public async Task Without_an_account_the_start_fails_and_the_error_names_what_is_missing(Action<IServiceCollection> register)
    {
        using var host = Host(register);

        var failure = await Waiting.FailureOf<InvalidOperationException>(host.StartAsync());

        Assert.That(failure.Message, Does.Contain("services.AddHttpClient().AddApiaxAuth()"));
    }

    [Test]
    public async Task A_host_that_stops_leaves_no_session_open_even_if_its_services_call_the_API([Values] bool isDisposedOnly)
    {
        using var host = Host(services => services.AddApiaxAuthSignOut().AddApiaxAuth(_apiax.Configure).AddHostedService<CallsWhileStopping>());
        await host.StartAsync().Soon();

        if (!isDisposedOnly)
        {
            await host.StopAsync().Soon();
            Assert.That((_apiax.Logins, _apiax.Sessions), Is.EqualTo((1, 0)));
        }

        await Task.Run(host.Dispose).Soon();
        Assert.That((_apiax.Logins, _apiax.Sessions), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task Without_any_host_the_services_can_be_started_by_hand()
    {
        await using var services = new ServiceCollection().AddLogging().AddApiaxAuth(_apiax.Configure).AddApiaxAuthWarmup(required: true).BuildServiceProvider();

        foreach (var service in services.GetServices<IHostedService>())
            await service.StartAsync(CancellationToken.None).Soon();

        Assert.That(_apiax.Logins, Is.EqualTo(1));
    }

    [Test]
    public async Task Without_any_host_and_account_the_error_names_what_is_missing()
    {
        await using var services = new ServiceCollection().AddApiaxAuthWarmup().BuildServiceProvider();

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => services.GetServices<IHostedService>().Single().StartAsync(CancellationToken.None));

        Assert.That(failure!.Message, Does.Contain("services.AddHttpClient().AddApiaxAuth()"));
    }

    private static IWebHost Host(Action<IServiceCollection> configure) => new WebHostBuilder()
        .UseKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0)).ConfigureServices(configure).Configure(app => app.Run(_ => Task.CompletedTask)).Build();

    private sealed class CallsWhileStopping(IApiaxAccessTokenProvider tokens) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StopAsync(CancellationToken cancellationToken) => await tokens.GetTokenAsync(CancellationToken.None);
    }
}
