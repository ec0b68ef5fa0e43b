using System.Net;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>Where the first connection goes: to the token endpoint itself, or to the proxy that leads there.</summary>
/// <param name="Host">A name or an address.</param>
/// <param name="Port">The port.</param>
/// <param name="IsProxy">Whether that is a proxy.</param>
internal sealed record Route(string Host, int Port, bool IsProxy)
{
    /// <summary>Never the proxy's address as it was written: it may have a password in it.</summary>
    public string Via => IsProxy ? $"through the proxy {Host}:{Port}" : "no proxy";

    public static Route To(Uri endpoint, IWebProxy? proxy)
    {
        var target = proxy is null || proxy.IsBypassed(endpoint) ? null : proxy.GetProxy(endpoint);
        return target is null || target == endpoint ? Of(endpoint, isProxy: false) : Of(target, isProxy: true);
    }

    private static Route Of(Uri target, bool isProxy) => new(HostPattern.HostOf(target)?.Trim('[', ']') ?? target.Host, target.Port, isProxy);
}
