using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Apiax.Http.Handlers;

/// <summary>Reads a configuration section into the settings; values that cannot be read are added to their <see cref="SectionNotes"/>, and the validator reports them.</summary>
/// <remarks>The framework's binder stops at the first value that it cannot read, quotes it, and ignores a single value where a list is expected.</remarks>
internal static class SettingsSection
{
    private static readonly PropertyInfo[] Settings = typeof(ApiaxAuthOptions).GetProperties();

    public static void Bind(IConfiguration section, ApiaxAuthOptions options)
    {
        if (section is IConfigurationSection named)
        {
            options.Notes.Sections.Add(named.Path);

            // Its name may be misspelled. The default section may be omitted.
            if (named.Path != ApiaxAuthOptions.SectionName && !named.Exists())
                options.Notes.Missing.Add(named.Path);
        }

        foreach (var setting in Settings)
        {
            var value = section.GetSection(setting.Name);
            if (setting.GetValue(options) is IList<string> list)
                BindList(value, list, options.Notes);
            else if (value.Value is { } text)
                BindValue(setting, text, options, value.Path);
            else if (value.GetChildren().Any())
                options.Notes.Failures.Add($"{value.Path} must be a single value; {value.Path}:{value.GetChildren().First().Key} is not read.");
        }

        NoteMisspelled(section, options.Notes);
    }

    private static void BindValue(PropertyInfo setting, string text, ApiaxAuthOptions options, string path)
    {
        // Some sources write null as an empty text. It does not mean a default: an empty token endpoint would move the service to production.
        if (text.Length == 0 && setting.GetValue(options) is null)
            return;

        if (Parse(text, setting.PropertyType) is { } value)
            setting.SetValue(options, value);
        else
            options.Notes.Failures.Add($"{path} cannot be read as {Describe(setting.PropertyType)}.");
    }

    private static void BindList(IConfigurationSection value, IList<string> list, SectionNotes notes)
    {
        // Some sources write an empty list as an empty text.
        if (!string.IsNullOrEmpty(value.Value))
            notes.Failures.Add($"{value.Key} must be a list: set {value.Path}:0 instead of {value.Path} (as an environment variable: {Variable(value.Path)}__0).");

        foreach (var entry in value.GetChildren())
            list.Add(entry.Value!);
    }

    private static object? Parse(string text, Type type)
    {
        if (type == typeof(string))
            return text;
        if (type == typeof(Uri))
            return Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out var uri) ? uri : null;
        if (type == typeof(TimeSpan))
            return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) ? span : null;
        if (type == typeof(bool))
            return bool.TryParse(text, out var isOn) ? isOn : null;

        return int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static string Describe(Type type) =>
        type == typeof(Uri) ? "a URL" : type == typeof(TimeSpan) ? "a duration such as 00:00:30" : type == typeof(bool) ? "true or false" : "a whole number";

    /// <summary>The section may have other members: a name is noted only if it is similar to a setting that is not set.</summary>
    private static void NoteMisspelled(IConfiguration section, SectionNotes notes)
    {
        foreach (var member in section.GetChildren())
        {
            if (Array.Exists(Settings, setting => setting.Name.Equals(member.Key, StringComparison.OrdinalIgnoreCase)))
                continue;

            var nearest = Settings.MinBy(setting => EditDistance.Between(member.Key, setting.Name))!.Name;
            if (EditDistance.Between(member.Key, nearest) <= Math.Min(2, nearest.Length / 3) && !section.GetSection(nearest).Exists())
                notes.Misspelled[member.Path] = nearest;
        }
    }

    /// <summary>The environment variable of a setting.</summary>
    public static string Variable(string path) => path.Replace(":", "__", StringComparison.Ordinal);
}
