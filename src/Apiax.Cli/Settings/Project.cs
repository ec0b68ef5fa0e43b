using System.Xml;
using System.Xml.Linq;

namespace Apiax.Cli;

/// <summary>The project in a folder, whose settings <c>dotnet run</c> would read.</summary>
/// <param name="SecretsId">The id of its user secrets; null if it has none.</param>
/// <param name="HasLaunchProfile">Whether <c>dotnet run</c> sets environment variables.</param>
internal sealed record Project(string? SecretsId, bool HasLaunchProfile)
{
    /// <returns>Null if the folder has no project, or more than one, or cannot be listed.</returns>
    public static Project? In(string folder)
    {
        try
        {
            return Directory.GetFiles(folder, "*.*proj") is [var file] ? new Project(SecretsIdIn(file), File.Exists(Path.Combine(folder, "Properties", "launchSettings.json"))) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? SecretsIdIn(string file)
    {
        try
        {
            using var reader = XmlReader.Create(file, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            var id = XDocument.Load(reader).Descendants().FirstOrDefault(element => element.Name.LocalName is "UserSecretsId")?.Value.Trim();
            return SettingsSources.IsFileName(id) ? id : null;
        }
        catch (Exception exception) when (exception is XmlException or IOException or UnauthorizedAccessException)
        {
            // The build reports what is wrong with it.
            return null;
        }
    }
}
