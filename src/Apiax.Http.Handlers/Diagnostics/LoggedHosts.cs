using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>Limits log entries about a host to one for each account and port, so that a missing host is noticed but does not flood the log.</summary>
internal sealed class LoggedHosts
{
    private const int MaxHosts = 100;

    // Also how many hosts there are for each entry and level; for these the other values are empty.
    private ConcurrentDictionary<(string Entry, LogLevel Level, string Account, string Host, int Port), int>? _logged;

    /// <param name="entry">The name of the entry.</param>
    /// <param name="level">Its level: a warning is also logged after another client's information.</param>
    /// <param name="logger">Where it is logged; it does not count if its level is off.</param>
    /// <param name="account">The account.</param>
    /// <param name="uri">The request's URL.</param>
    /// <returns>Whether this is the first such entry.</returns>
    public bool IsFirst(string entry, LogLevel level, ILogger logger, string account, Uri uri)
    {
        var logged = LazyInitializer.EnsureInitialized(ref _logged);
        var key = (entry, level, account, uri.Host, uri.Port);
        var count = (entry, level, "", "", 0);

        // Hosts may be chosen by others (webhooks): they must fill neither memory nor log, nor prevent other entries.
        return !logged.ContainsKey(key) && logged.GetValueOrDefault(count) < MaxHosts && logger.IsEnabled(level)
            && logged.TryAdd(key, 1) && logged.AddOrUpdate(count, 1, (_, before) => before + 1) <= MaxHosts;
    }
}
