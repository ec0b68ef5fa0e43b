using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Apiax.Http.Handlers;

/// <summary>One entry of <see cref="ApiaxAuthOptions.ApiHosts"/>: <c>host</c>, <c>host:port</c>, <c>*.domain</c>, <c>[::1]:port</c>.</summary>
internal sealed class HostPattern
{
    private const string Wildcard = "*.";

    // Uri would accept the other parts of a URL, and they would be silently ignored here.
    private static readonly SearchValues<char> NotInAuthority = SearchValues.Create("/\\?#@%* \t\r\n");

    private readonly string _host;
    private readonly int? _port;
    private readonly bool _isWildcard;

    private HostPattern(string host, int? port, bool isWildcard)
    {
        _host = host;
        _port = port;
        _isWildcard = isWildcard;
    }

    /// <summary>Called for each request: it takes a few nanoseconds and allocates nothing.</summary>
    /// <remarks>Uri writes hosts in lower case, in requests and patterns: ignoring case again would add 13 ns, to 25 ns in total.</remarks>
    public bool Matches(Uri uri, string idnHost) =>
        (_port is { } port ? uri.Port == port : uri.IsDefaultPort) &&
        (_isWildcard ? idnHost.EndsWith(_host, StringComparison.Ordinal) : idnHost == _host);

    /// <summary>A URL's host in the form for comparison; null if it is not a valid DNS name: the properties of such a URL throw.</summary>
    public static string? HostOf(Uri uri)
    {
        // Stryker disable once Block: an emptied catch returns null as well.
        try
        {
            return uri.IdnHost;
        }
        catch (UriFormatException)
        {
            return null;
        }
    }

    /// <exception cref="FormatException">The text is not a pattern.</exception>
    public static HostPattern Parse(string text) => TryParse(text, out var pattern) ? pattern : throw new FormatException("Not a host pattern.");

    public static bool TryParse(string? text, [NotNullWhen(true)] out HostPattern? pattern)
    {
        pattern = null;
        if (string.IsNullOrEmpty(text))
            return false;

        var isWildcard = text.StartsWith(Wildcard, StringComparison.Ordinal);
        var authority = isWildcard ? text[Wildcard.Length..] : text;
        if (authority.AsSpan().ContainsAny(NotInAuthority) || authority.EndsWith(':') || !Uri.TryCreate("https://" + authority, UriKind.Absolute, out var uri))
            return false;

        // Uri reads the text after a bracket as a path, and accepts a name with invisible characters.
        if (uri.AbsolutePath != "/" || HostOf(uri) is not { } host || Uri.CheckHostName(host) is UriHostNameType.Unknown or UriHostNameType.Basic)
            return false;
        if (host.EndsWith('.') || (isWildcard && !(uri.HostNameType is UriHostNameType.Dns && host.Contains('.', StringComparison.Ordinal))))
            return false;

        var hasPort = authority.LastIndexOf(':') > authority.LastIndexOf(']');
        pattern = new HostPattern(isWildcard ? "." + host : host, hasPort ? uri.Port : null, isWildcard);
        return true;
    }
}
