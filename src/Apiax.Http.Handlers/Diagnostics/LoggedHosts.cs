using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>What was logged of a host: once for each account and port, so that a forgotten host is found, and a busy log is not flooded.</summary>
internal sealed class LoggedHosts
{
    private const int MaxHosts = 100;

    private ConcurrentDictionary<(LogLevel Level, string Account, string Host, int Port), bool>? _lazy;
    private int _count;

    /// <param name="level">The level of the entry.</param>
    /// <param name="account">The account.</param>
    /// <param name="uri">Where a request goes.</param>
    /// <returns>Whether it is the first request that the entry is about.</returns>
    public bool IsFirst(LogLevel level, string account, Uri uri)
    {
        var logged = LazyInitializer.EnsureInitialized(ref _lazy);
        var key = (level, account, uri.Host, uri.Port);

        // Hosts may come from outside (web hooks): they must fill neither the memory nor the log.
        return !logged.ContainsKey(key) && Volatile.Read(ref _count) < MaxHosts && logged.TryAdd(key, true) && Interlocked.Increment(ref _count) <= MaxHosts;
    }
}
