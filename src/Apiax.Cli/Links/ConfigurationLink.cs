using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>Are there settings, where are they, and are they valid?</summary>
internal static class ConfigurationLink
{
    public static async Task<Finding> CheckAsync(CheckContext context, CancellationToken cancellationToken)
    {
        IReadOnlyList<SettingsSource> sources;
        try
        {
            sources = await context.Sources.ReadAsync(cancellationToken);
        }
        catch (UnreadableSettingsException unreadable)
        {
            // The user may have passed an address instead of a file.
            return Finding.Broken(Addresses.In(unreadable.Message), Addresses.In(unreadable.Remedy));
        }

        var settings = context.Settings = Settings.From(sources);

        // Missing credentials are requested or reported separately.
        if (new ApiaxAuthOptionsValidator(_ => true).Validate(name: null, settings.Options) is { Failed: true } wrong)
            return Finding.Broken(string.Join(" ", wrong.Failures), $"Correct the section {ApiaxAuthOptions.SectionName}: {Found(settings)}.");

        settings.AreUsable = true;
        if (context.MayAsk && !settings.AreMisspelled && context.Tool.Ask is { } ask)
            await AskAsync(settings, ask, cancellationToken);

        return settings.HaveCredentials ? Finding.Ok($"{Found(settings)}{UnknownSettings(settings)}{LineBreak(settings.Options)}") : Finding.Broken(
            $"there is no {Missing(settings)}; looked in {string.Join(", ", sources)}{UnknownSettings(settings)}",
            $"Set Apiax__Username and Apiax__Password in the environment, or Username and Password in the section {ApiaxAuthOptions.SectionName} of a file; in a terminal, apiax asks for them.");
    }

    private static async Task AskAsync(Settings settings, Func<string, bool, CancellationToken, Task<string>> ask, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(settings.Options.Username))
        {
            settings.Options.Username = await ask("User name:", false, cancellationToken);
            settings.RecordAnswer(nameof(ApiaxAuthOptions.Username));
        }

        if (string.IsNullOrEmpty(settings.Options.Password))
        {
            settings.Options.Password = await ask("Password (it is not shown):", true, cancellationToken);
            settings.RecordAnswer(nameof(ApiaxAuthOptions.Password));
        }
    }

    private static string Found(Settings settings)
    {
        var found = settings.ByOrigin().Select(origin => $"{string.Join(", ", origin)} from {origin.Key}").ToList();
        if (settings.OriginOf(nameof(ApiaxAuthOptions.TokenEndpoint)) is null)
            found.Add("TokenEndpoint is the default");

        return string.Join("; ", found);
    }

    private static string UnknownSettings(Settings settings)
    {
        var unknown = settings.Unknown.Select(name => Settings.Suggestion(name) is { } meant ? $"{name} (did you mean {meant}?)" : name).ToList();
        var settingNames = unknown.Count == 0 ? "" : $". Unknown settings: {string.Join(", ", unknown)}";
        return settings.MisspelledSection is { } section ? $"{settingNames}. The section {section} is not read; did you mean {ApiaxAuthOptions.SectionName}?" : settingNames;
    }

    private static string LineBreak(ApiaxAuthOptions options) => new ApiaxCredentials(options.Username!, options.Password!).EndsWithLineBreak
        ? ". The user name or the password ends with a line break; it is sent unchanged"
        : "";

    private static string Missing(Settings settings) => (string.IsNullOrEmpty(settings.Options.Username), string.IsNullOrEmpty(settings.Options.Password)) switch
    {
        (true, true) => "user name and no password",
        (true, false) => "user name",
        _ => "password",
    };
}
