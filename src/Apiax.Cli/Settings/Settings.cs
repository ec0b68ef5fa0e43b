using Apiax.Http.Handlers;
using Microsoft.Extensions.Configuration;

namespace Apiax.Cli;

/// <summary>The settings of the section Apiax as an application would have them, and where each was found.</summary>
internal sealed class Settings
{
    private static readonly string[] Names = [.. typeof(ApiaxAuthOptions).GetProperties().Select(property => property.Name)];

    private readonly Dictionary<string, string> _origins = new(StringComparer.OrdinalIgnoreCase);

    public ApiaxAuthOptions Options { get; private init; } = new();

    /// <summary>Settings whose values are not of their kind.</summary>
    public IReadOnlyList<string> Malformed { get; private init; } = [];

    /// <summary>Names that no setting has: typing errors.</summary>
    public IReadOnlyList<string> Unknown { get; private init; } = [];

    /// <summary>A section whose name is nearly the right one, when that one is empty.</summary>
    public string? MisspeltSection { get; private init; }

    /// <summary>Whether a name is nearly the right one: what seems to be missing is there.</summary>
    public bool AreMisspelt => MisspeltSection is not null || Unknown.Any(name => Suggestion(name) is not null);

    /// <summary>Whether they lead to a token endpoint.</summary>
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
            MisspeltSection = children.Count > 0 ? null : configuration.GetChildren().Where(section => section.GetChildren().Any(IsKnown)).Select(section => section.Key).FirstOrDefault(IsNearlyOurs),
            Unknown = [.. children.Except(known).Select(child => child.Key)],
            Malformed = [.. known.Where(child => !IsOfItsShape(child) || !TryBind(child, options)).Select(child => child.Key)],
        };

        foreach (var (source, child) in sources.SelectMany(source => source.Values.GetSection(ApiaxAuthOptions.SectionName).GetChildren(), (source, child) => (source, child)))
            settings._origins[child.Key] = source.Name;

        return settings;
    }

    /// <summary>Where a setting was found; nothing when it has its default.</summary>
    public string? OriginOf(string name) => _origins.GetValueOrDefault(name);

    public void Take(string name, string origin) => _origins[name] = origin;

    /// <summary>The settings that were found, by the place where they were.</summary>
    public IEnumerable<IGrouping<string, string>> ByOrigin() =>
        Names.Where(_origins.ContainsKey).GroupBy(name => _origins[name], StringComparer.Ordinal);

    /// <summary>Whether a setting is a list of values.</summary>
    public static bool IsList(string name) => name.Equals(nameof(ApiaxAuthOptions.ApiHosts), StringComparison.OrdinalIgnoreCase);

    /// <summary>The setting that somebody may have meant.</summary>
    public static string? Suggestion(string name) => Similar.To(name, Names);

    private static bool IsKnown(IConfigurationSection setting) => Names.Contains(setting.Key, StringComparer.OrdinalIgnoreCase);

    private static bool IsNearlyOurs(string section) => Similar.To(section, [ApiaxAuthOptions.SectionName]) is not null;

    // The binder passes over a value in place of a list, and over a list in place of a value.
    private static bool IsOfItsShape(IConfigurationSection setting) =>
        IsList(setting.Key) ? string.IsNullOrEmpty(setting.Value) : !setting.GetChildren().Any();

    // One by one: the binder tells of the first that is wrong only, and quotes its value.
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
