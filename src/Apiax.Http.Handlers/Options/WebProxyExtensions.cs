using System.Net;

namespace Apiax.Http.Handlers;

internal static class WebProxyExtensions
{
    /// <summary>The address that requests for this URL go through; null if they go to its host. The system's proxy of Windows never says that it is bypassed: it names no address instead.</summary>
    public static Uri? AddressFor(this IWebProxy proxy, Uri uri) =>
        proxy.IsBypassed(uri) || proxy.GetProxy(uri) is not { } address || address == uri ? null : address;
}
