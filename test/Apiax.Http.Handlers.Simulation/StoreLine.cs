using Apiax.Http.Handlers.Testing;

namespace Apiax.Http.Handlers.Simulation;

/// <summary>What happens to a call.</summary>
internal enum Loss
{
    None,
    Call,
    Answer,

    /// <summary>It is executed long after the caller has abandoned it.</summary>
    Late,
}

/// <summary>One process's connection to the store.</summary>
internal sealed class StoreLine(InMemoryTokenStore store, TimeProvider time, Func<(Loss Loss, TimeSpan Takes)> next, Action count) : ITokenStore
{
    /// <summary>A process that was killed sends and receives nothing more.</summary>
    public bool IsDead { get; set; }

    public ValueTask<TokenStoreEntry> BeginAsync(string account, TokenStoreBegin begin, CancellationToken cancellationToken) =>
        PassAsync(() => store.BeginAsync(account, begin, CancellationToken.None));

    public ValueTask<TokenStoreEntry> CommitAsync(string account, TokenStoreCommit commit, CancellationToken cancellationToken) =>
        PassAsync(() => store.CommitAsync(account, commit, CancellationToken.None));

    public ValueTask<TokenStoreEntry> ReadAsync(string account, CancellationToken cancellationToken) => PassAsync(() => store.ReadAsync(account, CancellationToken.None));

    public ValueTask WaitAsync(string account, long knownVersion, TimeSpan atMost, CancellationToken cancellationToken) => store.WaitAsync(account, knownVersion, atMost, cancellationToken);

    private async ValueTask<TokenStoreEntry> PassAsync(Func<ValueTask<TokenStoreEntry>> call)
    {
        count();
        var (loss, takes) = next();
        await Task.Delay(loss is Loss.Late ? TimeSpan.FromSeconds(4) + (takes * 10) : takes / 2, time).ConfigureAwait(false);
        if (IsDead)
            await new TaskCompletionSource().Task.ConfigureAwait(false);
        if (loss is Loss.Call)
            throw new IOException("the call is lost");

        var entry = await call().ConfigureAwait(false);
        await Task.Delay(takes / 2, time).ConfigureAwait(false);
        if (IsDead)
            await new TaskCompletionSource().Task.ConfigureAwait(false);

        return loss is Loss.Answer ? throw new IOException("the answer is lost") : entry;
    }
}
