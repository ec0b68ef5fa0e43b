namespace Apiax.Http.Handlers.Testing;

/// <summary>A token store in the memory of a test, for several hosts in one process that stand for replicas.</summary>
/// <param name="timeProvider">The store's own clock; the system's if null.</param>
public sealed class InMemoryTokenStore(TimeProvider? timeProvider = null) : ITokenStore
{
    private static long _lastVersion;

    private readonly object _gate = new();
    private readonly TimeProvider _time = timeProvider ?? TimeProvider.System;
    private readonly Dictionary<string, Account> _accounts = new(StringComparer.Ordinal);

    /// <summary>While it is set, every call throws it: the store is away.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Forgets all entries and turns, as a store without persistence does when it is started again.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            foreach (var account in _accounts.Values)
                account.Changed.TrySetResult();

            _accounts.Clear();
        }
    }

    /// <inheritdoc/>
    public ValueTask<TokenStoreEntry?> ReadAsync(string account, CancellationToken cancellationToken) => new(With(account, found => found.EntryAt(_time.GetUtcNow())));

    /// <inheritdoc/>
    public ValueTask<TokenStoreTurn> BeginAsync(string account, long knownVersion, string owner, TimeSpan silence, CancellationToken cancellationToken) =>
        new(With(account, found =>
        {
            var now = _time.GetUtcNow();
            var entry = found.EntryAt(now);
            if (entry is not null && entry.Version != knownVersion)
                return new TokenStoreTurn(TokenStoreTurnOwner.Nobody, entry);

            var isFree = found.Owner is null || found.Owner == owner;
            if (!isFree && now - found.HeardOn < silence)
                return new TokenStoreTurn(TokenStoreTurnOwner.Another, entry: null);

            (found.Owner, found.HeardOn) = (owner, now);
            return new TokenStoreTurn(isFree ? TokenStoreTurnOwner.Caller : TokenStoreTurnOwner.CallerInsteadOfAnother, entry);
        }));

    /// <inheritdoc/>
    public ValueTask<bool> RenewAsync(string account, string owner, CancellationToken cancellationToken) => new(With(account, found =>
    {
        if (found.Owner != owner)
            return false;

        found.HeardOn = _time.GetUtcNow();
        return true;
    }));

    /// <inheritdoc/>
    public ValueTask EndAsync(string account, string owner, CancellationToken cancellationToken)
    {
        With(account, found => found.End(owner));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<TokenStoreEntry?> CommitAsync(
        string account, string owner, long expectedVersion, ReadOnlyMemory<byte> content, TimeSpan keep, CancellationToken cancellationToken) => new(With(account, found =>
        {
            var now = _time.GetUtcNow();
            var version = found.EntryAt(now)?.Version ?? 0;
            if (version == expectedVersion)
                found.Write(Interlocked.Increment(ref _lastVersion), content.ToArray(), now, now + keep);

            found.End(owner);
            return found.EntryAt(now);
        }));

    /// <inheritdoc/>
    public async ValueTask WaitAsync(string account, long knownVersion, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var changed = With(account, found => found.EntryAt(_time.GetUtcNow())?.Version > knownVersion ? Task.CompletedTask : found.Changed.Task);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(changed, Task.Delay(atMost, _time, over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private T With<T>(string account, Func<Account, T> act)
    {
        lock (_gate)
        {
            if (Failure is { } failure)
                throw failure;
            if (!_accounts.TryGetValue(account, out var found))
                _accounts[account] = found = new Account();

            return act(found);
        }
    }

    private sealed class Account
    {
        private long _version;
        private byte[] _content = [];
        private DateTimeOffset _committedOn;
        private DateTimeOffset _keptUntil;

        public string? Owner { get; set; }

        public DateTimeOffset HeardOn { get; set; }

        public TaskCompletionSource Changed { get; private set; } = NotYet();

        public TokenStoreEntry? EntryAt(DateTimeOffset now) => _version > 0 && now < _keptUntil ? new TokenStoreEntry(_version, now - _committedOn, _content) : null;

        public void Write(long version, byte[] content, DateTimeOffset now, DateTimeOffset until) =>
            (_version, _content, _committedOn, _keptUntil) = (version, content, now, until);

        public bool End(string owner)
        {
            var had = Owner == owner;
            if (had)
                Owner = null;

            Changed.TrySetResult();
            Changed = NotYet();
            return had;
        }

        private static TaskCompletionSource NotYet() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
