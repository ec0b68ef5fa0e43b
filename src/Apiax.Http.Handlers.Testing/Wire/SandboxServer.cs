using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Apiax.Http.Handlers.Testing;

/// <summary>Kestrel on the loopback interface, without its own configuration, logging or signal handling: it runs inside the process of a test or a tool.</summary>
internal sealed class SandboxServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly IHostApplicationLifetime _lifetime;

    private SandboxServer(WebApplication app)
    {
        _app = app;
        _lifetime = app.Lifetime;
        Address = new Uri(app.Urls.Single());
    }

    public Uri Address { get; }

    public static async Task<SandboxServer> StartAsync(int port, RequestDelegate answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.AddServerHeader = false;
            // An API may receive bodies of any size.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
        });
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();

        var app = builder.Build();
        app.Run(answer);
        try
        {
            await app.StartAsync().ConfigureAwait(false);
        }
        catch
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return new SandboxServer(app);
    }

    public ValueTask DisposeAsync()
    {
        // Token requests end with it; the server would wait a second for a login in progress.
        _lifetime.StopApplication();
        return _app.DisposeAsync();
    }

    /// <summary>Ctrl+C and other signals are handled by the process that it runs in.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
