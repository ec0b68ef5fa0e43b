namespace Apiax.Http.Handlers;

/// <summary>Answers one question: may a request to this URL carry the token?</summary>
internal sealed class ApiHosts
{
    private static readonly string[] Default = ["*.apiax.io"];

    private readonly HostPattern[] _patterns;
    private readonly Uri _tokenEndpoint;
    private readonly string? _tokenHost;

    /// <param name="options">Validated settings.</param>
    public ApiHosts(ApiaxAuthOptions options)
    {
        // The default stands here and not in the list itself, since the configuration binder adds to a list and never replaces it.
        IEnumerable<string> texts = options.ApiHosts.Count == 0 ? Default : options.ApiHosts;
        _patterns = [.. texts.Select(text => HostPattern.TryParse(text, out var pattern) ? pattern : throw new FormatException("Not a host pattern."))];
        _tokenEndpoint = options.TokenEndpoint;
        _tokenHost = _tokenEndpoint is { IsAbsoluteUri: true } ? HostPattern.HostOf(_tokenEndpoint) : null;
    }

    /// <summary>Whether a secret may travel to an absolute URL: over https, or without leaving this machine.</summary>
    public static bool IsConfidential(Uri uri) => uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback);

    public bool Allow(Uri? uri)
    {
        if (uri is not { IsAbsoluteUri: true } || !IsConfidential(uri))
            return false;

        return HostPattern.HostOf(uri) is { } host && IsListed(uri, host) && !IsTokenEndpoint(uri, host) && !IsReadByProxy(uri);
    }

    /// <summary>Why a URL is not allowed, as what is said of its host.</summary>
    public string Refusal(Uri uri) =>
        !IsConfidential(uri) ? $"is called over {uri.Scheme}"
        : HostPattern.HostOf(uri) is not { } host || !IsListed(uri, host) ? "is not in ApiHosts"
        : IsTokenEndpoint(uri, host) ? "is the token endpoint" : "is called over http by way of a proxy";

    private bool IsListed(Uri uri, string host)
    {
        foreach (var pattern in _patterns)
        {
            if (pattern.Matches(uri, host))
                return true;
        }

        return false;
    }

    // Plain http does not leave this machine, unless a proxy is to fetch it.
    private static bool IsReadByProxy(Uri uri) => uri.Scheme != Uri.UriSchemeHttps && !HttpClient.DefaultProxy.IsBypassed(uri);

    // An API may live on the token endpoint's host; the endpoint itself has no use for a token that it issued.
    private bool IsTokenEndpoint(Uri uri, string host) =>
        host == _tokenHost &&
        uri.Port == _tokenEndpoint.Port &&
        uri.AbsolutePath.Equals(_tokenEndpoint.AbsolutePath, StringComparison.OrdinalIgnoreCase);
}
