using System.Net.Sockets;
using Apiax.Http.Handlers.Testing;

namespace Apiax.Cli;

/// <summary><c>apiax sandbox</c>.</summary>
internal sealed class SandboxCommand(Surroundings surroundings)
{
    // The same in each run, so that settings copied once go on to fit. It listens on this machine alone.
    private const string Username = "sandbox";
    private const string Password = "sandbox-password";

    public async Task<int> RunAsync(int port, bool json, CancellationToken cancellationToken)
    {
        if (await StartAsync(port) is not { } apiax)
        {
            await surroundings.Error.WriteLineAsync($"Port {port} is taken, or this user may not listen on it. Choose another one: --port NUMBER, 0 for any that is free.");
            return ExitCodes.PortNotFree;
        }

        await using (apiax)
        {
            apiax.AddUser(Username, Password);
            apiax.StubApi("/rules", """{"rules":[]}""");
            var settings = new SandboxSettings(apiax.BaseAddress, apiax.TokenEndpoint, Username, Password);
            await surroundings.Output.WriteLineAsync(json ? settings.ToJson() : SandboxScreen.Of(settings));
            await surroundings.Output.FlushAsync(cancellationToken);
            await Task.Delay(Timeout.InfiniteTimeSpan, surroundings.Time, cancellationToken);
        }

        return ExitCodes.Fine;
    }

    private static async Task<ApiaxSandbox?> StartAsync(int port)
    {
        try
        {
            return await ApiaxSandbox.StartAsync(new ApiaxSandboxOptions { Port = port });
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            return null;
        }
    }
}
