using Apiax.Http.Handlers;
using Microsoft.Extensions.Configuration;

namespace Apiax.Cli;

/// <summary>The settings of the section Apiax as an application would read them, and where each was found.</summary>
internal sealed class Settings
{
    private static readonly string[] Names = [.. typeof(ApiaxAuthOptions).GetProperties().Select(property => property.Name)];

    private readonly Dictionary<string, string> _origins = new(StringComparer.OrdinalIgnoreCase);

    public ApiaxAuthOptions Options { get; private init; } = new();

    /// <summary>Settings whose values cannot be read.</summary>
    public IReadOnlyList<string> Malformed { get; private init; } = [];

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
            builder.AddConfiguration(source.Values);

        var configuration = builder.Build();
        var children = configuration.GetSection(ApiaxAuthOptions.SectionName).GetChildren().ToList();
        var known = children.Where(IsKnown).ToList();
        var options = new ApiaxAuthOptions();
        var settings = new Settings
        {
            Options = options,
            MisspelledSection = children.Count > 0 ? null : configuration.GetChildren().Where(section => section.GetChildren().Any(IsKnown)).Select(section => section.Key).FirstOrDefault(IsSimilarSection),
            Unknown = [.. children.Except(known).Select(child => child.Key)],
            Malformed = [.. known.Where(child => !HasExpectedShape(child) || !TryBind(child, options)).Select(child => child.Key)],
        };

        foreach (var (source, child) in sources.SelectMany(source => source.Values.GetSection(ApiaxAuthOptions.SectionName).GetChildren(), (source, child) => (source, child)))
            settings._origins[child.Key] = source.Name;

        return settings;
    }

    /// <summary>Where a setting was found; null if it has its default.</summary>
    public string? OriginOf(string name) => _origins.GetValueOrDefault(name);

    public void RecordOrigin(string name, string origin) => _origins[name] = origin;

    /// <summary>The settings that were found, grouped by source.</summary>
    public IEnumerable<IGrouping<string, string>> ByOrigin() =>
        Names.Where(_origins.ContainsKey).GroupBy(name => _origins[name], StringComparer.Ordinal);

    /// <summary>Whether a setting is a list of values.</summary>
    public static bool IsList(string name) => name.Equals(nameof(ApiaxAuthOptions.ApiHosts), StringComparison.OrdinalIgnoreCase);

    /// <summary>The setting that was probably meant.</summary>
    public static string? Suggestion(string name) => Similar.To(name, Names);

    private static bool IsKnown(IConfigurationSection setting) => Names.Contains(setting.Key, StringComparer.OrdinalIgnoreCase);

    private static bool IsSimilarSection(string section) => Similar.To(section, [ApiaxAuthOptions.SectionName]) is not null;

    // The binder ignores a value instead of a list, and a list instead of a value.
    private static bool HasExpectedShape(IConfigurationSection setting) =>
        IsList(setting.Key) ? string.IsNullOrEmpty(setting.Value) : !setting.GetChildren().Any();

    // One by one: the binder reports only the first wrong value, and quotes it.
    private static bool TryBind(IConfigurationSection setting, ApiaxAuthOptions options)
    {
        try
        {
            var alone = new ConfigurationBuilder().AddInMemoryCollection(setting.AsEnumerable()).Build();
            alone.GetSection(ApiaxAuthOptions.SectionName).Bind(options);
            return true;
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException or OverflowException or ArgumentException)
        {
            return false;
        }
    }
}
