using System.Net;
using System.Text.Json;
using Apiax.Http.Handlers.IntegrationTests;
using Apiax.Http.Handlers.Testing;
using Microsoft.Extensions.Configuration;

namespace Apiax.Cli.Tests;

/// <summary>An isolated environment for the tool: folders, environment variables, a clock, a proxy.</summary>
internal sealed class World : IDisposable
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("apiax-");

    public World()
    {
        Directory.CreateDirectory(CurrentFolder);
        SecretsFile = id => Path.Combine(HomeFolder, $"{id}.secrets.json");
    }

    public Dictionary<string, string?> Environment { get; } = new(StringComparer.OrdinalIgnoreCase);

    public TimeProvider Time { get; set; } = TimeProvider.System;

    public IWebProxy? Proxy { get; set; }

    public Func<string, CancellationToken, Task<IPAddress[]>> LookUp { get; set; } = Dns.GetHostAddressesAsync;

    public Func<string, bool, CancellationToken, Task<string>>? Ask { get; set; }

    public Func<string, string> SecretsFile { get; set; }

    public string CurrentFolder => Path.Combine(_root.FullName, "current");

    public string StateFolder => Path.Combine(_root.FullName, "state", "apiax");

    public string HomeFolder => _root.FullName;

    /// <summary>Replaces the clock with one that only the test advances.</summary>
    public Clock StopClock()
    {
        var clock = new Clock();
        clock.SetUtcNow(Noon);
        Time = clock;
        return clock;
    }

    /// <summary>Sets the settings of the sandbox's user in the environment.</summary>
    public void Use(ApiaxSandbox apiax)
    {
        Use(apiax.TokenEndpoint, apiax.Password);
        Set("Username", apiax.Username);
        Set("ApiHosts:0", apiax.BaseAddress.Authority);
    }

    public void Use(Uri tokenEndpoint, string password = "some-password")
    {
        Set("TokenEndpoint", tokenEndpoint.AbsoluteUri);
        Set("Username", "some-user");
        Set("Password", password);
    }

    public void Set(string name, string? value)
    {
        Environment.Remove($"Apiax:{name}");
        if (value is not null)
            Environment[$"Apiax:{name}"] = value;
    }

    public string Write(string file, string text)
    {
        var path = Path.Combine(CurrentFolder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>What the templates for services have, and that for the console does not: <c>dotnet run</c> sets the environment Development.</summary>
    public void WriteLaunchProfile() => Write("Properties/launchSettings.json", """{ "profiles": { "Rules": { "commandName": "Project" } } }""");

    public void WriteSecrets(string id, string text) => File.WriteAllText(Path.Combine(HomeFolder, $"{id}.secrets.json"), text);

    public Task<Run> CheckAsync(params string[] arguments) => RunAsync(default, ["check", .. arguments]);

    public async Task<Run> RunAsync(CancellationToken stop, params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var exitCode = await Tool.RunAsync(arguments, SurroundingsOf(output, error), stop).WaitAsync(TimeSpan.FromSeconds(30));
        return new Run(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>The content of all files that the tool has stored.</summary>
    public string KeptFiles() => Directory.Exists(StateFolder)
        ? string.Join('\n', Directory.GetFiles(StateFolder).Select(file => Convert.ToHexString(File.ReadAllBytes(file)) + File.ReadAllText(file)))
        : "";

    public void Dispose() => _root.Delete(recursive: true);

    public ToolEnvironment SurroundingsOf(TextWriter output, TextWriter error) => new()
    {
        Output = output,
        Error = error,
        Ask = Ask,
        CurrentFolder = CurrentFolder,
        StateFolder = StateFolder,
        SecretsFile = SecretsFile,
        AddEnvironment = builder => builder.AddInMemoryCollection(Environment),
        Proxy = Proxy,
        LookUp = LookUp,
        Time = Time,
    };
}

/// <summary>The result of a run of the tool.</summary>
internal sealed record Run(int ExitCode, string Output, string Error)
{
    /// <summary>The line of a link.</summary>
    public string LineOf(Link link) => Output.Split('\n').Single(line => line.Length > 8 && line[8..].StartsWith(link.Title().PadRight(18), StringComparison.Ordinal));

    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public JsonElement DetailOf(string link, string detail) =>
        Json.GetProperty("links").EnumerateArray().Single(element => element.GetProperty("link").GetString() == link).GetProperty("details").GetProperty(detail);
}
