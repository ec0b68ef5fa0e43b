using System.Diagnostics;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>
/// Text from servers and certificates, as a screen may show it: limited in length, without control characters, and without the
/// secrets that were sent, since a server may repeat them. The query of an address may be a secret.
/// </summary>
internal sealed class UntrustedText
{
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly List<string?> _secrets = [];

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly List<string> _usernames = [];

    /// <param name="options">The settings in force.</param>
    /// <param name="url">The address of the API, if one is called.</param>
    public UntrustedText(ApiaxAuthOptions options, Uri? url)
    {
        _secrets.AddRange(EndpointAddress.SecretsOf(options.TokenEndpoint));
        if (url is not null)
            _secrets.AddRange(EndpointAddress.SecretsOf(url));
    }

    /// <summary>Adds a secret to redact.</summary>
    public void Withhold(string? secret) => _secrets.Add(secret);

    /// <summary>Adds what is sent to redact; before, it is not: a gap in a known text, such as a host's name, would show it.</summary>
    public void Withhold(ApiaxCredentials credentials)
    {
        _secrets.Add(credentials.Password);
        _usernames.Add(credentials.Username);
    }

    public string Of(string? text, int length = 200)
    {
        var safe = new Redaction(_secrets, _usernames).Of(text, int.MaxValue)?.Trim() ?? "nothing";
        return Addresses.In(safe.Length <= length ? safe : safe[..length]);
    }
}
