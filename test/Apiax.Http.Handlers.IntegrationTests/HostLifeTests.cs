using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>A service from start to stop: required warm-up, health check, refreshes, late calls, sign-out.</summary>
[TestFixture]
internal sealed class HostLifeTests
{
    private readonly FakeTimeProvider _time = new();

    [TestCase(false)]
    [TestCase(true)]
    public async Task It_signs_in_once_and_leaves_no_session_open(bool rejectsHalfAssertions)
    {
        await using var server = await AuthorizationServer.StartAsync(_time, options => options.RejectClientAssertionType = rejectsHalfAssertions);
        var host = HostOf(server);

        await host.StartAsync();
        Assert.That((server.Logins, await HealthAsync(host)), Is.EqualTo((1, HealthStatus.Healthy)));
        for (var generation = 0; generation < 5; generation++)
        {
            _time.Advance(TimeSpan.FromMinutes(31));
            using var answer = await ApiOf(host, server).GetAsync(new Uri("rules", UriKind.Relative));
            Assert.That((int)answer.StatusCode, Is.EqualTo(200));
        }

        await host.StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();

        Assert.That((server.Logins, server.Refreshes, await server.LiveRefreshTokensAsync()), Is.EqualTo((1, 5, 0)));
        Assert.That(server.ApiCallsPassed, Is.EqualTo(6), "five calls, and that of a service which stopped last");
    }

    private static async Task<HealthStatus> HealthAsync(IHost host) => (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Status;

    private static HttpClient ApiOf(IHost host, AuthorizationServer server)
    {
        var http = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
        http.BaseAddress = server.ApiBaseAddress;
        return http;
    }

    private IHost HostOf(AuthorizationServer server)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddSingleton<TimeProvider>(_time).AddSingleton(server).AddLogging().AddHostedService<CallsAtTheEnd>();
        builder.Services.AddHttpClient().AddApiaxAuth(options =>
        {
            options.TokenEndpoint = server.TokenEndpoint;
            options.RevocationEndpoint = new Uri(server.TokenEndpoint, "revoke");
            options.Username = server.Username;
            options.Password = server.Password;
            options.ApiHosts.Add(server.ApiBaseAddress.Authority);
        });
        builder.Services.AddApiaxAuthWarmup(required: true).AddApiaxAuthSignOut().AddHealthChecks().AddApiaxAuth();
        return builder.Build();
    }

    private sealed class CallsAtTheEnd(IHttpClientFactory clients, AuthorizationServer server) : IHostedLifecycleService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StoppedAsync(CancellationToken cancellationToken)
        {
            using var http = clients.CreateClient();
            http.BaseAddress = server.ApiBaseAddress;
            using var answer = await http.GetAsync(new Uri("rules", UriKind.Relative), cancellationToken);
        }

        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
