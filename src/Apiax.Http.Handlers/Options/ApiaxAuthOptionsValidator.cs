using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>Names every wrong setting, one line each, and never quotes a value that could be a secret.</summary>
internal sealed class ApiaxAuthOptionsValidator(Func<string, bool> hasCredentialsProvider) : IValidateOptions<ApiaxAuthOptions>
{
    private const int MaxRecording = 16 * 1024 * 1024;

    public ValidateOptionsResult Validate(string? name, ApiaxAuthOptions options)
    {
        var failures = Failures(options, hasCredentialsProvider(name ?? Microsoft.Extensions.Options.Options.DefaultName)).ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    /// <exception cref="OptionsValidationException">A setting is wrong.</exception>
    public static void ThrowIfInvalid(ApiaxAuthOptions options, bool hasCredentials)
    {
        var result = new ApiaxAuthOptionsValidator(_ => hasCredentials).Validate(name: null, options);
        if (result.Failed)
            throw new OptionsValidationException(Microsoft.Extensions.Options.Options.DefaultName, typeof(ApiaxAuthOptions), result.Failures);
    }

    private static IEnumerable<string> Failures(ApiaxAuthOptions options, bool hasCredentialsProvider) =>
    [
        .. Endpoint(nameof(options.TokenEndpoint), options.TokenEndpoint),
        .. options.RevocationEndpoint is { } revocation ? Endpoint(nameof(options.RevocationEndpoint), revocation) : [],
        .. Account(options, hasCredentialsProvider),
        .. Hosts(options.ApiHosts),
        .. Range(nameof(options.RefreshAhead), options.RefreshAhead, TimeSpan.Zero, TimeSpan.FromHours(12)),
        .. Range(nameof(options.RefreshTokenLifetime), options.RefreshTokenLifetime, TimeSpan.FromTicks(1), TimeSpan.FromDays(365)),
        .. Range(nameof(options.DefaultTokenLifetime), options.DefaultTokenLifetime, TimeSpan.FromSeconds(1), TimeSpan.FromHours(24)),
        .. Range(nameof(options.AttemptTimeout), options.AttemptTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5)),
        .. Range(nameof(options.TokenTimeout), options.TokenTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10)),
        .. options.AttemptTimeout > options.TokenTimeout
            ? [$"{nameof(options.AttemptTimeout)} ({options.AttemptTimeout}) must not be longer than {nameof(options.TokenTimeout)} ({options.TokenTimeout})."]
            : Array.Empty<string>(),
        .. options.MaxReplayBodySize is < 0 or > MaxRecording
            ? [$"{nameof(options.MaxReplayBodySize)} ({options.MaxReplayBodySize}) must lie between 0 and {MaxRecording} bytes."]
            : Array.Empty<string>(),
    ];

    private static IEnumerable<string> Endpoint(string name, Uri? endpoint)
    {
        if (endpoint is not { IsAbsoluteUri: true })
            yield return $"{name} must be an absolute URL.";
        else if (!ApiHosts.IsConfidential(endpoint))
            yield return $"{name} must be https; http is for loopback hosts only.";
        else if (HostPattern.HostOf(endpoint) is null)
            yield return $"{name} has a host that no DNS name can be made of.";
        else if (endpoint.UserInfo.Length > 0 || endpoint.Fragment.Length > 0)
            yield return $"{name} must have neither user info nor a fragment.";
    }

    private static IEnumerable<string> Account(ApiaxAuthOptions options, bool hasCredentialsProvider)
    {
        const string Remedy = $"set it, or register an {nameof(IApiaxCredentialsProvider)}. (The section {ApiaxAuthOptions.SectionName} is read by services.AddApiaxAuth() alone.)";
        if (string.IsNullOrWhiteSpace(options.ClientId))
            yield return $"{nameof(options.ClientId)} is missing.";
        if (hasCredentialsProvider)
            yield break;

        if (string.IsNullOrEmpty(options.Username))
            yield return $"{nameof(options.Username)} is missing: {Remedy}";
        if (string.IsNullOrEmpty(options.Password))
            yield return $"{nameof(options.Password)} is missing: {Remedy}";
    }

    private static IEnumerable<string> Hosts(IList<string> hosts) => hosts
        .Select((text, index) => (text, index))
        .Where(host => !HostPattern.TryParse(host.text, out _))
        .Select(host => $"{nameof(ApiaxAuthOptions.ApiHosts)}[{host.index}] must be host, host:port, *.domain or [::1]:port: no scheme, no path, a domain of two labels at least.");

    private static IEnumerable<string> Range(string name, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        if (value < least || value > most)
            yield return $"{name} ({value}) must lie between {least} and {most}.";
    }
}
