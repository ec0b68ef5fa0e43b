using Apiax.Http.Handlers.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Apiax.Http.Handlers.Tests.Hosting;

/// <summary>The end of a host: even if services call the API late, and in any order of registration, no session is left open.</summary>
[TestFixture]
internal sealed class HostEndTests
{
    private ApiaxSandbox _apiax = null!;

    [SetUp]
    public async Task StartAsync() => _apiax = await ApiaxSandbox.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _apiax.DisposeAsync();

    [Test]
    public async Task A_service_may_call_the_API_until_it_stops([Values] bool isRegisteredFirst, [Values] Late when, [Values] bool concurrently)
    {
        var call = new LateCall(when);
        var host = new HostBuilder().ConfigureServices(services =>
        {
            services.Configure<HostOptions>(options => options.ServicesStopConcurrently = concurrently);
            services.AddSingleton(call);
            if (isRegisteredFirst)
                services.AddHostedService<LateCaller>();
            services.AddApiaxAuth(_apiax.Configure).AddApiaxAuthSignOut();
            if (!isRegisteredFirst)
                services.AddHostedService<LateCaller>();
        }).Build();
        await host.StartAsync().Soon();
        await host.Services.GetRequiredService<IApiaxAccessTokenProvider>().GetTokenAsync().Soon();

        await host.StopAsync().Soon();
        await ((IAsyncDisposable)host).DisposeAsync().AsTask().Soon();

        Assert.That((_apiax.Sessions, call.Tokens), Is.EqualTo((0, 1)));
        Assert.That(_apiax.Logins, Is.InRange(1, when is Late.Stop ? 1 : 2));
    }

    [Test]
    public async Task The_session_is_closed_when_the_host_has_stopped_and_not_only_when_it_is_disposed([Values] bool isRegisteredFirst)
    {
        using var host = new HostBuilder().ConfigureServices(services =>
        {
            services.AddSingleton(new LateCall(Late.Stopped));
            if (isRegisteredFirst)
                services.AddHostedService<LateCaller>();
            services.AddApiaxAuth(_apiax.Configure).AddApiaxAuthSignOut();
            if (!isRegisteredFirst)
                services.AddHostedService<LateCaller>();
        }).Build();
        await host.StartAsync().Soon();

        await host.StopAsync().Soon();

        Assert.That((_apiax.Logins, _apiax.Sessions), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task A_service_that_uses_up_the_shutdown_timeout_does_not_shorten_the_sign_out([Values] bool concurrently)
    {
        using var host = new HostBuilder().ConfigureServices(services =>
        {
            services.Configure<HostOptions>(options => (options.ShutdownTimeout, options.ServicesStopConcurrently) = (TimeSpan.FromMilliseconds(50), concurrently));
            services.AddApiaxAuth(_apiax.Configure).AddApiaxAuthSignOut().AddHostedService<Dawdler>();
        }).Build();
        await host.StartAsync().Soon();
        await host.Services.GetRequiredService<IApiaxAccessTokenProvider>().GetTokenAsync().Soon();

        await Waiting.FailureOf<OperationCanceledException>(host.StopAsync());
        await ((IAsyncDisposable)host).DisposeAsync().AsTask().Soon();

        Assert.That(_apiax.Sessions, Is.Zero);
    }

    [Test]
    public async Task A_host_is_stopped_with_a_token_that_is_cancelled_already()
    {
        using var host = new HostBuilder().ConfigureServices(services => services.AddApiaxAuth(_apiax.Configure).AddApiaxAuthSignOut()).Build();
        await host.StartAsync().Soon();
        await host.Services.GetRequiredService<IApiaxAccessTokenProvider>().GetTokenAsync().Soon();

        await host.StopAsync(new CancellationToken(canceled: true)).ContinueWith(_ => { }, TaskScheduler.Default).Soon();
        await ((IAsyncDisposable)host).DisposeAsync().AsTask().Soon();

        Assert.That(_apiax.Sessions, Is.Zero);
    }

    [Test]
    public async Task Registered_twice_it_is_one_service_that_comes_first()
    {
        var services = new ServiceCollection();
        services.AddHostedService<Dawdler>();
        services.AddApiaxAuthSignOut().AddApiaxAuthWarmup().AddApiaxAuthSignOut().AddApiaxAuthWarmup(required: true).AddHealthChecks().AddApiaxAuth();
        services.AddApiaxAuth(_apiax.Configure);

        Assert.That(services.Count(service => service.ServiceType == typeof(IHostedService)), Is.EqualTo(3), "with those of Dawdler and of the health checks");
        await using var provider = services.AddLogging().BuildServiceProvider();
        Assert.That(provider.GetServices<IHostedService>().First().GetType().Assembly.GetName().Name, Is.EqualTo("Apiax.Http.Handlers.Hosting"));
    }

    [Test]
    public async Task With_a_health_check_but_no_account_the_host_does_not_start_and_the_error_names_the_cause()
    {
        using var host = new HostBuilder().ConfigureServices(services => services.AddHealthChecks().AddApiaxAuth()).Build();

        var failure = await Waiting.FailureOf<InvalidOperationException>(host.StartAsync());
        var unhosted = await Waiting.FailureOf<InvalidOperationException>(host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync());

        Assert.That(failure.Message, Does.Contain("no account").And.Contain("services.AddHttpClient().AddApiaxAuth()"));
        Assert.That(unhosted.Message, Is.EqualTo(failure.Message));
    }

    internal enum Late
    {
        Stop,
        Stopped,
        ApplicationStopped,
        Disposed,
    }

    /// <summary>When a call is made, and how many tokens it got.</summary>
    internal sealed record LateCall(Late When)
    {
        public int Tokens { get; set; }
    }

    private sealed class LateCaller(LateCall late, IApiaxAccessTokenProvider tokens, IHostApplicationLifetime lifetime) : IHostedLifecycleService, IAsyncDisposable
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
#pragma warning disable VSTHRD002 // The callback is synchronous.
            lifetime.ApplicationStopped.Register(() => Task.Run(() => CallAsync(Late.ApplicationStopped)).GetAwaiter().GetResult());
#pragma warning restore VSTHRD002
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => CallAsync(Late.Stop);

        public Task StoppedAsync(CancellationToken cancellationToken) => CallAsync(Late.Stopped);

        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async ValueTask DisposeAsync() => await CallAsync(Late.Disposed);

        private async Task CallAsync(Late now)
        {
            if (now != late.When)
                return;

            await tokens.GetTokenAsync(CancellationToken.None);
            late.Tokens++;
        }
    }

    private sealed class Dawdler : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }
}
