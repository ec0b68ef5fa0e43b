using System.Net;
using Apiax.Http.Handlers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.UserSecrets;

namespace Apiax.Cli;

/// <summary>The tool's environment; tests replace it.</summary>
internal sealed class ToolEnvironment
{
    public required TextWriter Output { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Whether the output is a terminal: it then has colours, and lines are wrapped.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Asks the user: the question, and whether the answer is a secret. Null without a terminal.</summary>
    public Func<string, bool, CancellationToken, Task<string>>? Ask { get; init; }

    /// <summary>The last key that was pressed, if any. Null without a keyboard.</summary>
    public Func<char?>? ReadKey { get; init; }

    public required string CurrentFolder { get; init; }

    /// <summary>The folder for the tool's files of this user.</summary>
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
        // Without its path: the folder may have been deleted.
        CurrentFolder = ".",
        StateFolder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "apiax"),
        Proxy = LoopbackProxy.OfSystem,
    };
}
