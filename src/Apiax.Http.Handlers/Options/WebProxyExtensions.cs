using System.Net;

namespace Apiax.Http.Handlers;

internal static class WebProxyExtensions
{
    /// <summary>Whether requests for this URL go through the proxy. That of Windows never says that it is bypassed: it names no proxy instead.</summary>
    public static bool Serves(this IWebProxy proxy, Uri uri) => !proxy.IsBypassed(uri) && proxy.GetProxy(uri) is { } address && address != uri;
}
