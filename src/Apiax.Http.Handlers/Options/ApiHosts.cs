namespace Apiax.Http.Handlers;

/// <summary>Decides whether a request to a URL may carry the token.</summary>
internal sealed class ApiHosts
{
    public const string ReasonNotListed = "is not in ApiHosts";
    public const string ReasonTokenEndpoint = "is the token endpoint";

    private static readonly string[] Default = ["*.apiax.io"];

    private readonly HostPattern[] _patterns;
    private readonly Uri _tokenEndpoint;
    private readonly string? _tokenHost;

    /// <param name="options">Validated settings.</param>
    public ApiHosts(ApiaxAuthOptions options)
    {
        // The default is here, not in the list itself: the configuration binder adds to a list and never replaces it.
        IEnumerable<string> texts = options.ApiHosts.Count == 0 ? Default : options.ApiHosts;
        _patterns = [.. texts.Select(HostPattern.Parse)];
        _tokenEndpoint = options.TokenEndpoint;
        _tokenHost = _tokenEndpoint is { IsAbsoluteUri: true } ? HostPattern.HostOf(_tokenEndpoint) : null;
    }

    /// <summary>Whether a secret may be sent to an absolute URL: over https, or within this machine. A web socket (wss, ws) begins with a request over https or http.</summary>
    public static bool IsConfidential(Uri uri) => IsEncrypted(uri) || (uri.IsLoopback && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeWs));

    public bool Allow(Uri? uri)
    {
        if (uri is not { IsAbsoluteUri: true } || !IsConfidential(uri))
            return false;

        return HostPattern.HostOf(uri) is { } host && IsListed(uri, host) && !IsTokenEndpoint(uri, host) && !IsReadByProxy(uri);
    }

    /// <summary>Why a URL is not allowed, as the predicate of a sentence about its host.</summary>
    public string ReasonNotAllowed(Uri uri) =>
        !IsConfidential(uri) ? $"is called over {uri.Scheme}"
        : HostPattern.HostOf(uri) is not { } host || !IsListed(uri, host) ? ReasonNotListed
        : IsTokenEndpoint(uri, host) ? ReasonTokenEndpoint : "is called over http through a proxy";

    private bool IsListed(Uri uri, string host)
    {
        foreach (var pattern in _patterns)
        {
            if (pattern.Matches(uri, host))
                return true;
        }

        return false;
    }

    // Http to loopback stays on this machine, unless it goes through a proxy.
    private static bool IsReadByProxy(Uri uri) => !IsEncrypted(uri) && HttpClient.DefaultProxy.AddressFor(uri) is not null;

    private static bool IsEncrypted(Uri uri) => uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeWss;

    // An API may be on the token endpoint's host; the endpoint itself needs no token.
    private bool IsTokenEndpoint(Uri uri, string host) =>
        host == _tokenHost &&
        uri.Port == _tokenEndpoint.Port &&
        uri.AbsolutePath.Equals(_tokenEndpoint.AbsolutePath, StringComparison.OrdinalIgnoreCase);
}
