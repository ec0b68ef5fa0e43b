using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.UserSecrets;

namespace Apiax.Cli;

/// <summary>All that the tool finds around itself: tests give it another world.</summary>
internal sealed class ToolEnvironment
{
    public required TextWriter Output { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Whether a person looks at the output: colours, and lines as long as the window is wide.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Asks a person: the question, and whether the answer is a secret that must not be seen. Nothing when there is nobody to ask.</summary>
    public Func<string, bool, CancellationToken, Task<string>>? Ask { get; init; }

    /// <summary>The key that somebody has pressed since the last look, if any. Nothing where there is no keyboard.</summary>
    public Func<char?>? ReadKey { get; init; }

    public required string CurrentFolder { get; init; }

    /// <summary>Where the tool may keep a file of the user's own.</summary>
    public required string StateFolder { get; init; }

    /// <summary>The file of the user secrets with this id.</summary>
    public Func<string, string> SecretsFile { get; init; } = PathHelper.GetSecretsPathFromSecretsId;

    public Action<IConfigurationBuilder> AddEnvironment { get; init; } = builder => builder.AddEnvironmentVariables();

    public IWebProxy? Proxy { get; init; }

    public Func<string, CancellationToken, Task<IPAddress[]>> LookUp { get; init; } = Dns.GetHostAddressesAsync;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public static ToolEnvironment OfThisProcess() => new()
    {
        Output = Console.Out,
        Error = Console.Error,
        IsTerminal = !Console.IsOutputRedirected,
        Ask = Console.IsInputRedirected || Console.IsErrorRedirected ? null : Prompt.AskAsync,
        ReadKey = Console.IsInputRedirected || Console.IsOutputRedirected ? null : () => Console.KeyAvailable ? Console.ReadKey(intercept: true).KeyChar : null,
        CurrentFolder = Environment.CurrentDirectory,
        StateFolder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "apiax"),
        Proxy = HttpClient.DefaultProxy,
    };
}
