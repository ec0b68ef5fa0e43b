using System.Net;

namespace Apiax.Http.Handlers;

/// <summary>The system's proxy, but not for loopback: plain http is allowed there because nobody else reads it, and a proxy would.</summary>
internal sealed class LoopbackProxy : IWebProxy
{
    private static readonly Uri[] Loopback = [new("http://127.0.0.1/"), new("http://localhost/"), new("http://[::1]/")];

    public static LoopbackProxy Instance { get; } = new();

    /// <summary>Whether the system's proxy serves loopback, too. Where it does not it is used as it is: it may know of several proxies, which this one cannot pass on.</summary>
    public static bool IsNeeded => !Loopback.All(HttpClient.DefaultProxy.IsBypassed);

    public ICredentials? Credentials
    {
        get => HttpClient.DefaultProxy.Credentials;
        set => HttpClient.DefaultProxy.Credentials = value;
    }

    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : HttpClient.DefaultProxy.GetProxy(destination);

    public bool IsBypassed(Uri host) => host.IsLoopback || HttpClient.DefaultProxy.IsBypassed(host);
}
