using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Apiax.Cli;

/// <summary>Where settings may stand, the weaker ones first, as in an application: a file, the user secrets, the environment.</summary>
/// <param name="surroundings">The folder and the environment.</param>
/// <param name="file">A file to read instead of appsettings.json; it must be there.</param>
/// <param name="secretsId">The id of the user secrets.</param>
internal sealed class SettingsSources(Surroundings surroundings, string? file, string secretsId)
{
    private const int MostBytes = 1024 * 1024;

    /// <exception cref="UnreadableSettingsException">A file that is there, or must be, cannot be read.</exception>
    public async Task<IReadOnlyList<SettingsSource>> ReadAsync(CancellationToken cancellationToken) =>
    [
        await ReadFileAsync(file ?? "appsettings.json", Path.Combine(surroundings.CurrentFolder, file ?? "appsettings.json"), isRequired: file is not null, cancellationToken),
        await ReadFileAsync($"user secrets \"{secretsId}\"", surroundings.SecretsFile(secretsId), isRequired: false, cancellationToken),
        new SettingsSource("the environment", IsThere: true, Build(surroundings.AddEnvironment)),
    ];

    private static async Task<SettingsSource> ReadFileAsync(string name, string path, bool isRequired, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            return Directory.Exists(path) ? throw new UnreadableSettingsException($"{name} is a folder, not a file")
                : isRequired ? throw new UnreadableSettingsException($"{name} does not exist")
                : new SettingsSource(name, IsThere: false, Build(_ => { }));
        }

        try
        {
            using var json = new MemoryStream(await ReadBytesAsync(name, path, cancellationToken));
            return new SettingsSource(name, IsThere: true, Build(builder => builder.AddJsonStream(json)));
        }
        catch (UnauthorizedAccessException)
        {
            throw new UnreadableSettingsException($"{name} may not be read by this user");
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidDataException or IOException)
        {
            // No message of theirs: it may quote the file.
            throw new UnreadableSettingsException(exception is IOException ? $"{name} cannot be read" : $"{name} is not valid JSON{LineOf(exception)}");
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
            if (bytes.Length > MostBytes)
                throw new UnreadableSettingsException($"{name} is larger than 1 MB");
        }

        return bytes.ToArray();
    }

    private static string LineOf(Exception? exception) => exception switch
    {
        null => "",
        JsonException { LineNumber: { } line } => $" (line {line + 1})",
        _ => LineOf(exception.InnerException),
    };

    private static IConfigurationRoot Build(Action<IConfigurationBuilder> add)
    {
        var builder = new ConfigurationBuilder();
        add(builder);
        return builder.Build();
    }
}

/// <summary>One place where settings may stand.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="IsThere">Whether it exists.</param>
/// <param name="Values">What stands there.</param>
internal sealed record SettingsSource(string Name, bool IsThere, IConfigurationRoot Values)
{
    public override string ToString() => IsThere ? Name : $"{Name} (not there)";
}

/// <summary>A file with settings cannot be read, and why.</summary>
internal sealed class UnreadableSettingsException(string message) : Exception(message);
