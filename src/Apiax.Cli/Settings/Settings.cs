using Apiax.Http.Handlers;
using Microsoft.Extensions.Configuration;

namespace Apiax.Cli;

/// <summary>The settings of the section Apiax as an application would read them, and where each was found.</summary>
internal sealed class Settings
{
    private static readonly string[] Names = [.. typeof(ApiaxAuthOptions).GetProperties().Select(property => property.Name)];

    private readonly Dictionary<string, string> _origins = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _empty = new(StringComparer.OrdinalIgnoreCase);

    public ApiaxAuthOptions Options { get; } = new();

    /// <summary>Names that are not settings.</summary>
    public IReadOnlyList<string> Unknown { get; private init; } = [];

    /// <summary>A section whose name is similar to the expected one, if that one is empty.</summary>
    public string? MisspelledSection { get; private init; }

    /// <summary>Whether a name is misspelled: a setting that seems to be missing may be there.</summary>
    public bool AreMisspelled => MisspelledSection is not null || Unknown.Any(name => Suggestion(name) is not null);

    /// <summary>Whether the token endpoint can be checked with them.</summary>
    public bool AreUsable { get; set; }

    public bool HaveCredentials => !string.IsNullOrEmpty(Options.Username) && !string.IsNullOrEmpty(Options.Password);

    public static Settings From(IReadOnlyList<SettingsSource> sources)
    {
        var builder = new ConfigurationBuilder();
        foreach (var source in sources)
            builder.AddInMemoryCollection(source.Leaves);

        var configuration = builder.Build();
        var section = configuration.GetSection(ApiaxAuthOptions.SectionName);
        var children = section.GetChildren().ToList();
        var settings = new Settings
        {
            MisspelledSection = children.Count > 0 ? null : configuration.GetChildren().Where(other => other.GetChildren().Any(IsKnown)).Select(other => other.Key).FirstOrDefault(IsSimilarSection),
            Unknown = [.. children.Where(child => !IsKnown(child)).Select(child => child.Key)],
        };
        SettingsSection.Bind(section, settings.Options);

        foreach (var (source, child) in sources.SelectMany(source => source.Values.GetSection(ApiaxAuthOptions.SectionName).GetChildren(), (source, child) => (source, child)))
        {
            settings._origins[child.Key] = source.Name;
            settings._empty.Remove(child.Key);
            if (string.IsNullOrEmpty(child.Value) && !child.GetChildren().Any())
                settings._empty.Add(child.Key);
        }

        return settings;
    }

    /// <summary>Where a setting was found; null if it has its default.</summary>
    public string? OriginOf(string name) => _origins.GetValueOrDefault(name);

    public void RecordAnswer(string name)
    {
        _origins[name] = "the keyboard";
        _empty.Remove(name);
    }

    /// <summary>The settings that were found, grouped by source.</summary>
    public IEnumerable<IGrouping<string, string>> ByOrigin() =>
        Names.Where(_origins.ContainsKey).GroupBy(name => _origins[name], name => _empty.Contains(name) ? $"{name} (empty)" : name, StringComparer.Ordinal);

    /// <summary>The setting that was probably meant.</summary>
    public static string? Suggestion(string name) => Similar.To(name, Names);

    private static bool IsKnown(IConfigurationSection setting) => Names.Contains(setting.Key, StringComparer.OrdinalIgnoreCase);

    private static bool IsSimilarSection(string section) => Similar.To(section, [ApiaxAuthOptions.SectionName]) is not null;
}
