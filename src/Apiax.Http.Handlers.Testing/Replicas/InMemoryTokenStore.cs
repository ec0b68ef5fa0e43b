namespace Apiax.Http.Handlers.Testing;

/// <summary>A token store in the memory of a test, for several hosts in one process that act as replicas.</summary>
/// <param name="timeProvider">The store's own clock; the system's if null.</param>
public sealed class InMemoryTokenStore(TimeProvider? timeProvider = null) : ITokenStore
{
    private readonly object _gate = new();
    private readonly TimeProvider _time = timeProvider ?? TimeProvider.System;
    private readonly Dictionary<string, StoredEntry> _entries = new(StringComparer.Ordinal);

    /// <summary>If set, every call throws it, as if the store were unavailable.</summary>
    /// <value>Default: <see langword="null"/>.</value>
    public Exception? Failure { get; set; }

    /// <summary>How far the store's clock is ahead of the time provider; negative if it is behind.</summary>
    /// <value>Default: zero.</value>
    public TimeSpan ClockCorrection { get; set; }

    /// <summary>Deletes everything, like a restart of a store without persistence.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            foreach (var entry in _entries.Values)
                entry.Wake();

            _entries.Clear();
        }
    }

    /// <inheritdoc/>
    public ValueTask<TokenStoreEntry> ReadAsync(string account, CancellationToken cancellationToken) =>
        new(With(account, (entry, now) => entry.Read(now)));

    /// <inheritdoc/>
    public ValueTask<TokenStoreEntry> BeginAsync(string account, TokenStoreBegin begin, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(begin);
        return new(With(account, (entry, now) => entry.Begin(begin, now)));
    }

    /// <inheritdoc/>
    public ValueTask<TokenStoreEntry> CommitAsync(string account, TokenStoreCommit commit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(commit);
        return new(With(account, (entry, now) => entry.Commit(commit, now)));
    }

    /// <inheritdoc/>
    public async ValueTask WaitAsync(string account, long knownVersion, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var changed = With(account, (entry, _) => entry.ChangeAfter(knownVersion));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(changed, Task.Delay(atMost, _time, over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private T With<T>(string account, Func<StoredEntry, DateTimeOffset, T> act)
    {
        lock (_gate)
        {
            if (Failure is { } failure)
                throw failure;

            var now = _time.GetUtcNow() + ClockCorrection;
            if (!_entries.TryGetValue(account, out var entry))
                _entries[account] = entry = new StoredEntry();

            entry.DropAt(now);
            return act(entry, now);
        }
    }
}
