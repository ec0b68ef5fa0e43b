using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>
/// Text from servers and certificates, as a screen may show it: limited in length, without control characters, and without the
/// secrets that were sent, since a server may repeat them. The query of an address may be a secret.
/// </summary>
internal sealed class UntrustedText
{
    private readonly ApiaxAuthOptions _options;
    private readonly List<TokenRequest> _secrets = [];

    /// <param name="options">The settings in force.</param>
    /// <param name="url">The address of the API, if one is called.</param>
    public UntrustedText(ApiaxAuthOptions options, Uri? url)
    {
        _options = options;
        foreach (var query in new[] { options.TokenEndpoint.Query, url?.Query }.Where(query => query?.Length > 1))
        {
            Withhold(query);
            Withhold(Uri.UnescapeDataString(query!));
        }
    }

    /// <summary>Adds a secret to redact.</summary>
    public void Withhold(string? secret)
    {
        if (!string.IsNullOrEmpty(secret))
            _secrets.Add(TokenRequest.Refresh(_options, secret));
    }

    public string Of(string? text, int length = 200)
    {
        var safe = VisibleText.Of(text ?? "").Trim();
        foreach (var secret in _secrets)
            safe = secret.Redact(safe, int.MaxValue) ?? "";

        return safe.Length == 0 ? "nothing" : Addresses.In(safe.Length <= length ? safe : safe[..length]);
    }
}
