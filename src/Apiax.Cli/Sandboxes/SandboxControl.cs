using Apiax.Http.Handlers.Testing;
using Microsoft.AspNetCore.Http;

namespace Apiax.Cli;

/// <summary>The faults for scripts: <c>POST /revoke</c> and so on. On another port than the sandbox, where every path requires a token.</summary>
internal sealed class SandboxControl : IAsyncDisposable
{
    private readonly SandboxServer _server;

    private SandboxControl(SandboxServer server) => _server = server;

    public Uri Address => _server.Address;

    /// <param name="faults">The faults.</param>
    /// <param name="port">The port that is tried first.</param>
    public static async Task<SandboxControl> StartAsync(SandboxFaults faults, int port)
    {
        try
        {
            return await StartOnAsync(faults, port);
        }
        catch (Exception exception) when (SandboxCommand.IsPortNotFree(exception))
        {
            return await StartOnAsync(faults, port: 0);
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static async Task<SandboxControl> StartOnAsync(SandboxFaults faults, int port) => new(await SandboxServer.StartAsync(port, async context =>
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
    }));
}
