using System.CommandLine.Parsing;
using System.Net.Sockets;
using Apiax.Http.Handlers.Testing;

namespace Apiax.Cli;

/// <summary><c>apiax sandbox</c>.</summary>
internal sealed class SandboxCommand(ToolEnvironment tool)
{
    // The same in each run, so that copied settings stay valid. It listens on this machine only.
    public static readonly SandboxUser DefaultUser = new("sandbox", "sandbox-password");

    public async Task<int> RunAsync(SandboxRequest request, CancellationToken cancellationToken)
    {
        if (await StartAsync(request) is not { } apiax)
        {
            await tool.Error.WriteLineAsync($"Port {request.Port} is in use, or this user may not listen on it. Choose another port: --port NUMBER, 0 for any free port.");
            return ExitCodes.PortNotFree;
        }

        await using (apiax)
        {
            // The sandbox's own user, whose password is shown nowhere, must not have the name of one of these.
            apiax.RemoveUser(apiax.Username);
            var users = request.Users.Count > 0 ? request.Users : [DefaultUser];
            foreach (var user in users)
                apiax.AddUser(user.Name, user.Password);

            var faults = new SandboxFaults(apiax);
            await using var control = await SandboxControl.StartAsync(faults, ControlPort(request.Port));
            var settings = new SandboxSettings(apiax.BaseAddress, apiax.TokenEndpoint, users[0]);
            var screen = new SandboxScreen(tool);
            await screen.BeginAsync(settings, faults.All, control.Address, request.Json, cancellationToken);
            await Task.WhenAll(
                new SandboxTraffic(apiax, tool.Time).WatchAsync(line => screen.ShowAsync(line, request.Json), cancellationToken),
                new SandboxKeys(tool, faults).ReadAsync(line => screen.ShowAsync(line, request.Json), cancellationToken));
        }

        return ExitCodes.Success;
    }

    /// <summary>Whether a port is in use, or this user may not listen on it.</summary>
    public static bool IsPortNotFree(Exception exception) => exception is IOException or SocketException;

    // Near the sandbox's port, and the same in each run.
    private static int ControlPort(int port) => port is > 0 and <= ushort.MaxValue - 10 ? port + 10 : 0;

    private static async Task<ApiaxSandbox?> StartAsync(SandboxRequest request)
    {
        try
        {
            var apiax = await ApiaxSandbox.StartAsync(new ApiaxSandboxOptions
            {
                Port = request.Port,
                TokenLifetime = request.TokenLifetime,
                SessionMax = request.RefreshLifetime,
                SessionIdle = request.RefreshLifetime,
            });
            apiax.StubApi("/rules", """{"rules":[]}""");
            return apiax;
        }
        catch (Exception exception) when (IsPortNotFree(exception))
        {
            return null;
        }
    }
}

/// <summary>The options of the sandbox.</summary>
internal sealed record SandboxRequest(int Port, TimeSpan TokenLifetime, TimeSpan RefreshLifetime, IReadOnlyList<SandboxUser> Users, bool Json);

/// <summary>A user of the sandbox, which has no secrets.</summary>
internal sealed record SandboxUser(string Name, string Password)
{
    /// <param name="text"><c>NAME:PASSWORD</c></param>
    public static SandboxUser? Parse(string text) =>
        text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && colon < text.Length - 1 ? new SandboxUser(text[..colon], text[(colon + 1)..]) : null;

    /// <summary>The name of a user that is the same as an earlier one's; null if there is none.</summary>
    /// <param name="tokens">Each <c>NAME:PASSWORD</c>.</param>
    public static string? FindRepeated(IEnumerable<Token> tokens)
    {
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        return tokens.Select(token => Parse(token.Value)?.Name).OfType<string>().FirstOrDefault(name => !names.Add(name));
    }

    public override string ToString() => $"SandboxUser {{ {Name} }}";
}
