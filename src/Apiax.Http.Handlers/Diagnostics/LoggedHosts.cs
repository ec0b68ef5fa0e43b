using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>Limits log entries about a host to one for each account and port, so that a missing host is noticed but does not flood the log.</summary>
internal sealed class LoggedHosts
{
    private const int MaxHosts = 100;

    private ConcurrentDictionary<(string Entry, LogLevel Unlisted, string Account, string Host, int Port), bool>? _logged;
    private int _count;

    /// <param name="entry">The name of the entry.</param>
    /// <param name="unlisted">The level at which the client logs hosts without a token: a warning is also logged after another client's information.</param>
    /// <param name="account">The account.</param>
    /// <param name="uri">The request's URL.</param>
    /// <returns>Whether this is the first such entry.</returns>
    public bool IsFirst(string entry, LogLevel unlisted, string account, Uri uri)
    {
        var logged = LazyInitializer.EnsureInitialized(ref _logged);
        var key = (entry, unlisted, account, uri.Host, uri.Port);

        // Hosts may be chosen by others (webhooks): they must fill neither memory nor log.
        return !logged.ContainsKey(key) && Volatile.Read(ref _count) < MaxHosts && logged.TryAdd(key, true) && Interlocked.Increment(ref _count) <= MaxHosts;
    }
}
