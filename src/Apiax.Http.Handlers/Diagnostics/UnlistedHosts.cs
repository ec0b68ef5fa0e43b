using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>Says once for each host that its requests go without the token: a forgotten host is found, a busy log is not flooded.</summary>
internal sealed class UnlistedHosts
{
    private const int Most = 100;

    private readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.OrdinalIgnoreCase);
    private int _count;

    public void Tell(ILogger logger, Uri? uri)
    {
        if (uri is not { IsAbsoluteUri: true } || _told.ContainsKey(uri.Host))
            return;

        // Hosts may come from outside (web hooks): they must fill neither the memory nor the log.
        if (Volatile.Read(ref _count) < Most && _told.TryAdd(uri.Host, true) && Interlocked.Increment(ref _count) <= Most)
            logger.UnlistedHost(uri.Scheme, uri.Host);
    }
}
