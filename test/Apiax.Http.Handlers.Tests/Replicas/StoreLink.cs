namespace Apiax.Http.Handlers.Tests;

/// <summary>One replica's connection to the store: it can be cut, can hang, and can return wrong answers.</summary>
internal sealed class StoreLink(ITokenStore store) : ITokenStore
{
    private int _renewals;
    private int _waits;

    public bool IsCut { get; set; }

    public bool Hangs { get; set; }

    /// <summary>Whether commits of content alone are lost.</summary>
    public bool LosesCommits { get; set; }

    /// <summary>Whether content is written and the answer is lost.</summary>
    public bool LosesAnswers { get; set; }

    /// <summary>Whether renewals and ends are lost, as if the process were stopped: its turn is silent.</summary>
    public bool IsStopped { get; set; }

    /// <summary>Whether this process cannot decrypt: it gets every entry without its content.</summary>
    public bool CannotDecrypt { get; set; }

    public int Calls { get; private set; }

    /// <summary>All begins and commits that reached the store.</summary>
    public List<TokenStoreCommit> Commits { get; } = [];

    /// <summary>How many renewals have reached the store.</summary>
    public int Renewals => Volatile.Read(ref _renewals);

    /// <summary>How many waits have begun, with their timers.</summary>
    public int Waits => Volatile.Read(ref _waits);

    public Func<string, TokenStoreBegin, Task<TokenStoreEntry>>? OnBegin { get; init; }

    public Func<string, TokenStoreCommit, Task<TokenStoreEntry>>? OnCommit { get; init; }

    public Func<string, Task<TokenStoreEntry>>? OnRead { get; init; }

    public Func<string, TimeSpan, Task>? OnWait { get; init; }

    public async ValueTask<TokenStoreEntry> ReadAsync(string account, CancellationToken cancellationToken)
    {
        await PassAsync();
        return Decrypt(OnRead is null ? await store.ReadAsync(account, cancellationToken) : await OnRead(account));
    }

    public async ValueTask<TokenStoreEntry> BeginAsync(string account, TokenStoreBegin begin, CancellationToken cancellationToken)
    {
        await PassAsync();
        return Decrypt(OnBegin is null ? await store.BeginAsync(account, begin, cancellationToken) : await OnBegin(account, begin));
    }

    public async ValueTask<TokenStoreEntry> CommitAsync(string account, TokenStoreCommit commit, CancellationToken cancellationToken)
    {
        await PassAsync();
        if (IsStopped && commit.Content.IsEmpty)
            return new TokenStoreEntry { Time = default };
        if (LosesCommits && !commit.Content.IsEmpty)
            throw new IOException("the commit is lost");

        var entry = OnCommit is null ? await store.CommitAsync(account, commit, cancellationToken) : await OnCommit(account, commit);
        lock (Commits)
            Commits.Add(commit);
        if (commit.KeepsTurn)
            Interlocked.Increment(ref _renewals);

        return LosesAnswers && !commit.Content.IsEmpty ? throw new IOException("the answer is lost") : Decrypt(entry);
    }

    public async ValueTask WaitAsync(string account, long knownVersion, TimeSpan atMost, CancellationToken cancellationToken)
    {
        await PassAsync();
        var wait = OnWait is null ? store.WaitAsync(account, knownVersion, atMost, cancellationToken).AsTask() : OnWait(account, atMost);
        Interlocked.Increment(ref _waits);
        await wait;
    }

    private TokenStoreEntry Decrypt(TokenStoreEntry entry) => CannotDecrypt
        ? new TokenStoreEntry { Time = entry.Time, Version = entry.Version, CommittedOn = entry.CommittedOn, Turn = entry.Turn, HasClaim = entry.HasClaim }
        : entry;

    private async Task PassAsync()
    {
        Calls++;
        if (IsCut)
            throw new IOException("the store is away");
        if (Hangs)
            await new TaskCompletionSource().Task;
    }
}
