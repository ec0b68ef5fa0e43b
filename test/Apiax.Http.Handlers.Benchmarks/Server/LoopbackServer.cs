using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>Where the server listens: plain text on loopback, since encryption would cost all contenders the same and hide the differences.</summary>
/// <param name="Http1">HTTP/1.1.</param>
/// <param name="Http2">HTTP/2 with prior knowledge.</param>
internal sealed record ServerAddresses(Uri Http1, Uri Http2);

/// <summary>An API that answers every call, and realms, each with its own token endpoint and API.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private static readonly byte[] Rules = """{"rules":["it just works"]}"""u8.ToArray();

    private readonly WebApplication _app;
    private readonly ServerRealms _realms = new();

    private LoopbackServer(WebApplication app) => _app = app;

    public ServerAddresses Addresses
    {
        get
        {
            var addresses = _app.Urls.Select(url => new Uri(url)).ToArray();
            return new ServerAddresses(addresses[0], addresses[1]);
        }
    }

    public static async Task<LoopbackServer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            // A thousand calls at once must wait for the token, not for a stream.
            kestrel.Limits.Http2.MaxStreamsPerConnection = 2000;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        var app = builder.Build();
        var server = new LoopbackServer(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path == "/rules" || await _realms.AnswerAsync(context))
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.ContentLength = Rules.Length;
            await context.Response.Body.WriteAsync(Rules);
        }
    }
}
