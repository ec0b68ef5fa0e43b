using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests.Hosting;

/// <summary>An application with a host, a token endpoint that the test controls, and its clock.</summary>
internal sealed class HostedApp : IAsyncDisposable
{
    private readonly IHost _host;

    public HostedApp(Action<IServiceCollection> configure, FakeTimeProvider? time = null)
    {
        Time = time ?? new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Logs));
        builder.Services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => Endpoint);
        configure(builder.Services);
        _host = builder.Build();
    }

    public FakeTimeProvider Time { get; }

    public TokenEndpointStub Endpoint { get; } = new();

    public LogBook Logs { get; } = new();

    public IServiceProvider Services => _host.Services;

    public ApiaxAccounts Accounts => Services.GetRequiredService<ApiaxAccounts>();

    public Task StartAsync(CancellationToken cancellationToken = default) => _host.StartAsync(cancellationToken).Soon();

    public Task StopAsync(CancellationToken cancellationToken = default) => _host.StopAsync(cancellationToken).Soon();

    public Task<ApiaxAccessToken> TokenAsync() => Services.GetRequiredService<IApiaxAccessTokenProvider>().GetTokenAsync().Soon();

    public Task<ApiaxAuthException> FailureAsync() => Waiting.FailureOf(Services.GetRequiredService<IApiaxAccessTokenProvider>().GetTokenAsync());

    public Task<HealthReport> HealthAsync() => Services.GetRequiredService<HealthCheckService>().CheckHealthAsync().Soon();

    public async ValueTask DisposeAsync()
    {
        Endpoint.Hold?.Open();
        await ((IAsyncDisposable)_host).DisposeAsync().AsTask().Soon();
        Endpoint.Dispose();
        Logs.Dispose();
    }
}
