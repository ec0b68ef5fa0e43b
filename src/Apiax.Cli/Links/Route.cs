using System.Net;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>The target of the first connection: the token endpoint or the proxy.</summary>
/// <param name="Host">A name or an address.</param>
/// <param name="Port">The port.</param>
/// <param name="IsProxy">Whether that is a proxy.</param>
internal sealed record Route(string Host, int Port, bool IsProxy)
{
    /// <summary>Never the proxy's address as configured: it may contain a password.</summary>
    public string Via => IsProxy ? $"through the proxy {Host}:{Port}" : "no proxy";

    public static Route To(Uri endpoint, IWebProxy? proxy) =>
        proxy?.AddressFor(endpoint) is { } address ? Of(address, isProxy: true) : Of(endpoint, isProxy: false);

    private static Route Of(Uri target, bool isProxy) => new(HostPattern.HostOf(target)?.Trim('[', ']') ?? target.Host, target.Port, isProxy);
}
