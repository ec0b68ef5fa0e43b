using System.Diagnostics;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>The server in a separate process: its allocations and its JIT time are not counted for the clients.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    public const string Verb = "serve";

    private readonly Process _process;

    private ServerProcess(Process process, ServerAddresses addresses)
    {
        _process = process;
        Addresses = addresses;
    }

    public ServerAddresses Addresses { get; }

    public static async Task<ServerProcess> StartAsync()
    {
        var process = Child.Start(Verb);
        var addresses = (await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The server did not start.")).Split(' ');
        return new ServerProcess(process, new ServerAddresses(new Uri(addresses[0]), new Uri(addresses[1])));
    }

    /// <summary>Runs in the child: it serves until its parent ends.</summary>
    public static async Task ServeAsync()
    {
        await using var server = await LoopbackServer.StartAsync();
        await Console.Out.WriteLineAsync($"{server.Addresses.Http1} {server.Addresses.Http2}");
        while (await Console.In.ReadLineAsync() is not null)
        {
            // It gets no input; the input ends with the parent.
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
