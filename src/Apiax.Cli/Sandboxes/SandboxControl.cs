using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Apiax.Cli;

/// <summary>The faults for scripts: <c>POST /revoke</c> and so on. On another port than the sandbox, where every path requires a token.</summary>
internal sealed class SandboxControl : IAsyncDisposable
{
    private readonly WebApplication _server;

    private SandboxControl(WebApplication server) => _server = server;

    public Uri Address => new(_server.Urls.Single() + "/");

    /// <param name="faults">The faults.</param>
    /// <param name="port">The port that is tried first.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<SandboxControl> StartAsync(SandboxFaults faults, int port, CancellationToken cancellationToken)
    {
        try
        {
            return await StartOnAsync(faults, port, cancellationToken);
        }
        catch (Exception exception) when (SandboxCommand.IsPortNotFree(exception))
        {
            return await StartOnAsync(faults, port: 0, cancellationToken);
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static async Task<SandboxControl> StartOnAsync(SandboxFaults faults, int port, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        var server = builder.Build();
        server.Run(async context =>
        {
            var fault = faults.All.FirstOrDefault(fault => context.Request.Path == $"/{fault.Name}");
            if (fault is null || !HttpMethods.IsPost(context.Request.Method))
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                await context.Response.WriteAsync($"POST one of: {string.Join(", ", faults.All.Select(known => $"/{known.Name}"))}\n");
                return;
            }

            fault.Do();
            await context.Response.WriteAsync($"The sandbox {fault.Description}.\n");
        });
        try
        {
            await server.StartAsync(cancellationToken);
            return new SandboxControl(server);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }
}
