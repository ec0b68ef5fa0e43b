using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>A host that does not belong to the API: it answers 401, to provoke a token, and records what it receives.</summary>
internal sealed class Stranger : IAsyncDisposable
{
    private readonly ServerKeys _keys = new();
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _authorizations = new();

    private Stranger()
    {
        _app = LoopbackHost.CreateBuilder(Ports.Any, _keys, TimeProvider.System).Build();
        _app.Run(context =>
        {
            _authorizations.Enqueue(context.Request.Headers.Authorization.ToString());
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return Task.CompletedTask;
        });
    }

    public X509Certificate2 Certificate => _keys.Certificate;

    public Uri SecureAddress => new($"https://localhost:{Ports.Of(_app).Https}/rules");

    public Uri Address => new($"http://127.0.0.1:{Ports.Of(_app).Http}/rules");

    /// <summary>The <c>Authorization</c> header of each request, empty where there was none.</summary>
    public IReadOnlyList<string> Authorizations => [.. _authorizations];

    public static async Task<Stranger> StartAsync()
    {
        var stranger = new Stranger();
        await stranger._app.StartAsync();
        return stranger;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _keys.Dispose();
    }
}
