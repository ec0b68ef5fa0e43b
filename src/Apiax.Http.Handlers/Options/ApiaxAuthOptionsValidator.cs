using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>Reports all wrong settings, one line each, and never quotes a value that could be a secret.</summary>
/// <param name="hasCredentialsProvider">Whether the account with this settings name has a credentials provider.</param>
/// <param name="isAccountUsed">Whether the account is needed; otherwise its settings may be wrong.</param>
internal sealed class ApiaxAuthOptionsValidator(Func<string, bool> hasCredentialsProvider, Func<string, bool>? isAccountUsed = null) : IValidateOptions<ApiaxAuthOptions>
{
    private const int MaxRecording = 16 * 1024 * 1024;

    public ValidateOptionsResult Validate(string? name, ApiaxAuthOptions options)
    {
        name ??= SettingsName.Shared;
        List<string> account = [], handler = [];
        CheckAccount(options, account);
        if (!hasCredentialsProvider(name))
            CheckCredentials(options, setting => Remedy(name, setting, options.Notes.Sections), account);

        CheckHandler(options, handler);

        // A provider of the application may need the account later.
        options.Notes.AccountFailures = account.ConvertAll(Named);
        var hasAccount = isAccountUsed?.Invoke(name) != false;
        string[] failures = [.. options.Notes.Failures.Select(Named), .. hasAccount ? options.Notes.AccountFailures : [], .. handler.Select(Named)];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        string Named(string failure) => SettingsName.Failure(name, failure);
    }

    /// <exception cref="OptionsValidationException">A setting is wrong.</exception>
    public static void ThrowIfInvalid(ApiaxAuthOptions options, bool hasCredentials)
    {
        List<string> failures = [];
        CheckAccount(options, failures);
        if (!hasCredentials)
            CheckCredentials(options, _ => $"Set it, or pass an {nameof(IApiaxCredentialsProvider)}.", failures);

        Throw(failures);
    }

    /// <summary>Validates the settings that a handler uses.</summary>
    /// <exception cref="OptionsValidationException">A setting is wrong.</exception>
    public static void ThrowIfInvalidForHandler(ApiaxAuthOptions options)
    {
        List<string> failures = [];
        CheckEndpoint(nameof(options.TokenEndpoint), options.TokenEndpoint, failures);
        CheckHandler(options, failures);
        Throw(failures);
    }

    private static void Throw(List<string> failures)
    {
        if (failures.Count > 0)
            throw new OptionsValidationException(Microsoft.Extensions.Options.Options.DefaultName, typeof(ApiaxAuthOptions), failures);
    }

    private static void CheckAccount(ApiaxAuthOptions options, List<string> failures)
    {
        CheckEndpoint(nameof(options.TokenEndpoint), options.TokenEndpoint, failures);
        if (options.RevocationEndpoint is { } revocation)
            CheckEndpoint(nameof(options.RevocationEndpoint), revocation, failures);
        if (string.IsNullOrWhiteSpace(options.ClientId))
            failures.Add($"{nameof(options.ClientId)} is missing.");

        CheckRange(nameof(options.RefreshAhead), options.RefreshAhead, TimeSpan.Zero, TimeSpan.FromHours(12), failures);
        CheckRange(nameof(options.RefreshTokenLifetime), options.RefreshTokenLifetime, TimeSpan.FromTicks(1), TimeSpan.FromDays(365), failures);
        CheckRange(nameof(options.DefaultTokenLifetime), options.DefaultTokenLifetime, TimeSpan.FromSeconds(1), TimeSpan.FromHours(24), failures);
        CheckRange(nameof(options.AttemptTimeout), options.AttemptTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5), failures);
        CheckRange(nameof(options.TokenTimeout), options.TokenTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10), failures);
        if (options.AttemptTimeout > options.TokenTimeout)
            failures.Add($"{nameof(options.AttemptTimeout)} ({options.AttemptTimeout}) must not be longer than {nameof(options.TokenTimeout)} ({options.TokenTimeout}).");
    }

    private static void CheckEndpoint(string name, Uri? endpoint, List<string> failures)
    {
        if (endpoint is not { IsAbsoluteUri: true })
            failures.Add($"{name} must be an absolute URL.");
        else if (!ApiHosts.IsConfidential(endpoint) || endpoint.Scheme == Uri.UriSchemeWss || endpoint.Scheme == Uri.UriSchemeWs)
            failures.Add($"{name} must use https; http is allowed for loopback hosts only.");
        else if (HostPattern.HostOf(endpoint) is null)
            failures.Add($"{name} has a host that is not a valid DNS name.");
        else if (endpoint.UserInfo.Length > 0 || endpoint.Fragment.Length > 0)
            failures.Add($"{name} must not have user info or a fragment.");
    }

    private static void CheckCredentials(ApiaxAuthOptions options, Func<string, string> remedy, List<string> failures)
    {
        if (string.IsNullOrEmpty(options.Username))
            failures.Add($"{nameof(options.Username)} is missing. {remedy(nameof(options.Username))}");
        if (string.IsNullOrEmpty(options.Password))
            failures.Add($"{nameof(options.Password)} is missing. {remedy(nameof(options.Password))}");
    }

    private static void CheckHandler(ApiaxAuthOptions options, List<string> failures)
    {
        for (var i = 0; i < options.ApiHosts.Count; i++)
        {
            if (!HostPattern.TryParse(options.ApiHosts[i], out _))
                failures.Add($"{nameof(options.ApiHosts)}[{i}] must be host, host:port, *.domain or [::1]:port, without scheme or path; a domain must have at least two labels.");
        }

        if (options.MaxReplayBodySize is < 0 or > MaxRecording)
            failures.Add($"{nameof(options.MaxReplayBodySize)} ({options.MaxReplayBodySize}) must be between 0 and {MaxRecording} bytes.");
    }

    private static void CheckRange(string name, TimeSpan value, TimeSpan least, TimeSpan most, List<string> failures)
    {
        if (value < least || value > most)
            failures.Add($"{name} ({value}) must be between {least} and {most}.");
    }

    /// <summary>Where the setting was read from, and the code or key that would set it.</summary>
    private string Remedy(string name, string setting, List<string> sections)
    {
        var client = SettingsName.ClientOf(name);
        var code = client is null ? "services.AddApiaxAuth(options => …)" : $"services.AddHttpClient(\"{client}\").AddApiaxAuth(options => …)";
        var provider = client is null ? $"services.AddScoped<{nameof(IApiaxCredentialsProvider)}, …>()" : $"services.AddKeyedScoped<{nameof(IApiaxCredentialsProvider)}, …>(\"{client}\")";
        var set = sections is [.., var section]
            ? $"The section {section} was read: set {section}:{setting} (as an environment variable: {SettingsSection.Variable(section)}__{setting}),"
            : $"No configuration section was read: set it in {code},";
        var keyless = client is not null && hasCredentialsProvider(SettingsName.Shared) ? " The provider that is registered without a key is for the shared account only." : "";
        return $"{set} or register {provider}.{keyless}";
    }
}
