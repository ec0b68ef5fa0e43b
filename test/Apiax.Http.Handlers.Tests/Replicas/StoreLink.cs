namespace Apiax.Http.Handlers.Tests;

/// <summary>One replica's way to the store: it can be cut, can hang, and can tell lies.</summary>
internal sealed class StoreLink(ITokenStore store) : ITokenStore
{
    private int _renewals;
    private int _waits;

    /// <summary>What a begun turn is turned into.</summary>
    public delegate Task<TokenStoreTurn> Begin(Func<Func<TokenStoreTurn, TokenStoreTurn>, Task<TokenStoreTurn>> begin, string account);

    public bool IsCut { get; set; }

    public bool Hangs { get; set; }

    /// <summary>Whether commits alone are lost.</summary>
    public bool LosesCommits { get; set; }

    /// <summary>Whether renewals do not get through, as if the process were stopped: its turn is silent.</summary>
    public bool IsStopped { get; set; }

    public int Calls { get; private set; }

    /// <summary>How many renewals have come through.</summary>
    public int Renewals => Volatile.Read(ref _renewals);

    /// <summary>How many waits have begun, and have their time.</summary>
    public int Waits => Volatile.Read(ref _waits);

    public Begin? OnBegin { get; init; }

    public Func<TokenStoreEntry?, TokenStoreEntry?>? OnRead { get; init; }

    public Func<string, string, long, ReadOnlyMemory<byte>, Task<TokenStoreEntry?>>? OnCommit { get; init; }

    public async ValueTask<TokenStoreEntry?> ReadAsync(string account, CancellationToken cancellationToken)
    {
        await PassAsync();
        var entry = await store.ReadAsync(account, cancellationToken);
        return OnRead is null ? entry : OnRead(entry);
    }

    public async ValueTask<TokenStoreTurn> BeginAsync(
        string account, long knownVersion, string owner, TimeSpan silence, CancellationToken cancellationToken)
    {
        await PassAsync();
        return OnBegin is null
            ? await store.BeginAsync(account, knownVersion, owner, silence, cancellationToken)
            : await OnBegin(async change => change(await store.BeginAsync(account, knownVersion, owner, silence, cancellationToken)), account);
    }

    public async ValueTask<bool> RenewAsync(string account, string owner, CancellationToken cancellationToken)
    {
        await PassAsync();
        if (IsStopped)
            return false;

        var isStillIts = await store.RenewAsync(account, owner, cancellationToken);
        Interlocked.Increment(ref _renewals);
        return isStillIts;
    }

    public async ValueTask EndAsync(string account, string owner, CancellationToken cancellationToken)
    {
        await PassAsync();
        if (!IsStopped)
            await store.EndAsync(account, owner, cancellationToken);
    }

    public async ValueTask<TokenStoreEntry?> CommitAsync(
        string account, string owner, long expectedVersion, ReadOnlyMemory<byte> content, TimeSpan keep, CancellationToken cancellationToken)
    {
        await PassAsync();
        if (LosesCommits)
            throw new IOException("the commit is lost");

        return OnCommit is null
            ? await store.CommitAsync(account, owner, expectedVersion, content, keep, cancellationToken)
            : await OnCommit(account, owner, expectedVersion, content);
    }

    public async ValueTask WaitAsync(string account, long knownVersion, TimeSpan atMost, CancellationToken cancellationToken)
    {
        await PassAsync();
        var wait = store.WaitAsync(account, knownVersion, atMost, cancellationToken);
        Interlocked.Increment(ref _waits);
        await wait;
    }

    private async Task PassAsync()
    {
        Calls++;
        if (IsCut)
            throw new IOException("the store is away");
        if (Hangs)
            await new TaskCompletionSource().Task;
    }
}
