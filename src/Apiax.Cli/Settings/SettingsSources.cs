using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Apiax.Cli;

/// <summary>The sources of settings, as in an application; later ones override earlier ones: files, user secrets, environment variables.</summary>
/// <param name="tool">The current folder and the environment variables.</param>
/// <param name="file">A file to read instead of appsettings.json and appsettings.{environment}.json; it must exist.</param>
/// <param name="secretsId">The id of the user secrets; null for those of the project in the folder.</param>
internal sealed class SettingsSources(ToolEnvironment tool, string? file, string? secretsId)
{
    private const string Development = "Development";
    private const int MaxBytes = 1024 * 1024;
    private const string SecretsWithoutProject = "apiax";
    private const string Readable = "Give apiax a JSON file that this user may read: --configuration FILE.";

    /// <exception cref="UnreadableSettingsException">An existing or required file cannot be read.</exception>
    public async Task<IReadOnlyList<SettingsSource>> ReadAsync(CancellationToken cancellationToken)
    {
        var environment = new SettingsSource("the environment", Exists: true, Build(tool.AddEnvironment));
        var project = Project.In(tool.CurrentFolder);

        // Like the host, and like `dotnet run` in a project's folder: the launch profile of the templates for services sets Development.
        var name = environment.Values["DOTNET_ENVIRONMENT"] ?? environment.Values["ASPNETCORE_ENVIRONMENT"] ?? (project is { HasLaunchProfile: true } ? Development : "Production");
        string[] files = file is null ? ["appsettings.json", $"appsettings.{name}.json"] : [file];
        var sources = new List<SettingsSource>();
        foreach (var path in files)
            sources.Add(await ReadFileAsync(path, Path.Combine(tool.CurrentFolder, path), isRequired: file is not null, cancellationToken));

        if (SecretsOf(project, name) is { } secrets)
            sources.Add(await ReadFileAsync($"user secrets \"{secrets}\"", SecretsFile(secrets), isRequired: false, cancellationToken));

        return [.. sources, environment];
    }

    public static bool IsFileName(string? id) => !string.IsNullOrWhiteSpace(id) && id.IndexOfAny(Path.GetInvalidFileNameChars()) < 0 && id is not ("." or "..");

    private string? SecretsFile(string id)
    {
        try
        {
            return tool.SecretsFile(id);
        }
        catch (InvalidOperationException)
        {
            // The user of a service may have no home.
            return null;
        }
    }

    // The host reads a project's user secrets in Development only.
    private string? SecretsOf(Project? project, string environment) =>
        secretsId ?? (project?.SecretsId is not { } own ? SecretsWithoutProject : environment.Equals(Development, StringComparison.OrdinalIgnoreCase) ? own : null);

    private static async Task<SettingsSource> ReadFileAsync(string name, string? path, bool isRequired, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            return Directory.Exists(path) ? throw new UnreadableSettingsException($"{name} is a folder, not a file", Readable)
                : isRequired ? throw new UnreadableSettingsException($"{name} does not exist", Readable)
                : new SettingsSource(name, Exists: false, Build(_ => { }));
        }

        try
        {
            using var json = new MemoryStream(await ReadBytesAsync(name, path, cancellationToken));
            return new SettingsSource(name, Exists: true, Build(builder => builder.AddJsonStream(json)));
        }
        catch (UnauthorizedAccessException)
        {
            throw new UnreadableSettingsException($"{name} may not be read by this user", Readable);
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidDataException or IOException)
        {
            // Without the exception's message: it may quote the file.
            throw exception is IOException ? new UnreadableSettingsException($"{name} cannot be read", Readable)
                : PlaceOf(exception) is { } place ? new UnreadableSettingsException($"{name} is not valid JSON: line {place.Line}, column {place.Column}", $"Correct {name} there: a comma, a quotation mark or a bracket may be missing or superfluous.")
                : new UnreadableSettingsException($"{name} is JSON, but not a single object, or it contains a setting twice", $"Correct {name}: it must begin with {{ and contain each name only once.");
        }
    }

    private static async Task<byte[]> ReadBytesAsync(string name, string path, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        await using var stream = File.OpenRead(path);
        var chunk = new byte[16 * 1024];
        int read;
        while ((read = await stream.ReadAsync(chunk, cancellationToken)) > 0)
        {
            bytes.Write(chunk, 0, read);
            if (bytes.Length > MaxBytes)
                throw new UnreadableSettingsException($"{name} is larger than 1 MB", Readable);
        }

        return bytes.ToArray();
    }

    private static (long Line, long Column)? PlaceOf(Exception? exception) => exception switch
    {
        null => null,
        JsonException { LineNumber: { } line, BytePositionInLine: { } column } => (line + 1, column + 1),
        _ => PlaceOf(exception.InnerException),
    };

    private static IConfigurationRoot Build(Action<IConfigurationBuilder> add)
    {
        var builder = new ConfigurationBuilder();
        add(builder);
        return builder.Build();
    }
}

/// <summary>A source of settings.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Exists">Whether it exists.</param>
/// <param name="Values">Its values.</param>
internal sealed record SettingsSource(string Name, bool Exists, IConfigurationRoot Values)
{
    /// <summary>The single values, also empty ones, which override: a configuration inside another one would leave them out.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Leaves =>
        Values.AsEnumerable().Where(setting => setting.Value is not null || !Values.GetSection(setting.Key).GetChildren().Any());

    public override string ToString() => Exists ? Name : $"{Name} (not found)";
}

/// <summary>A file with settings cannot be read.</summary>
internal sealed class UnreadableSettingsException(string message, string remedy) : Exception(message)
{
    public string Remedy { get; } = remedy;
}
