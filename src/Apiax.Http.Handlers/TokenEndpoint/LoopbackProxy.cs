using System.Net;

namespace Apiax.Http.Handlers;

/// <summary>The system's proxy, but not for loopback: http is allowed there because only this machine reads it; a proxy would read it, too.</summary>
internal sealed class LoopbackProxy : IWebProxy
{
    private static readonly Uri[] Loopback = [new("http://127.0.0.1/"), new("http://localhost/"), new("http://[::1]/")];

    public static LoopbackProxy Instance { get; } = new();

    /// <summary>The proxy of token requests, unless the application sets one.</summary>
    public static IWebProxy OfSystem => IsNeeded ? Instance : HttpClient.DefaultProxy;

    /// <summary>Whether the system's proxy also serves loopback. If not, it is used without this class, which cannot pass on a list of several proxies.</summary>
    public static bool IsNeeded => Loopback.Any(uri => HttpClient.DefaultProxy.AddressFor(uri) is not null);

    public ICredentials? Credentials
    {
        get => HttpClient.DefaultProxy.Credentials;
        set => HttpClient.DefaultProxy.Credentials = value;
    }

    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : HttpClient.DefaultProxy.GetProxy(destination);

    public bool IsBypassed(Uri host) => host.IsLoopback || HttpClient.DefaultProxy.IsBypassed(host);
}
