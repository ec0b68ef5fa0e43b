namespace Apiax.Http.Handlers;

/// <summary>A commit to the store, with its turn.</summary>
/// <param name="Account">The entry to write; null to end only the turn.</param>
/// <param name="Turn">The turn whose outcome it is.</param>
/// <param name="ReleasesClaim">Whether it releases the claim.</param>
internal sealed record AccountCommit(SharedAccount? Account, AccountTurn Turn, bool ReleasesClaim)
{
    // A record's generated ToString would print secrets.
    public override string ToString() => nameof(AccountCommit);
}

/// <summary>A turn of this process.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Expected">The version that it began with.</param>
/// <param name="Version">The version of the entry that it writes.</param>
/// <param name="BegunOn">When it began, by the store's clock.</param>
/// <param name="Begun">When it began, as a timestamp of this process.</param>
internal sealed record AccountTurn(long Number, long Expected, long Version, DateTimeOffset BegunOn, long Begun);

/// <summary>A commit that the store did not answer. It is sent again until the store answers it or it is too old.</summary>
/// <param name="commit">Sends it, and returns whether the store answered.</param>
/// <param name="time">The clock.</param>
/// <param name="ending">Cancelled when nothing must be written any more.</param>
#pragma warning disable CA1001 // A semaphore whose wait handle is not used needs no disposal.
internal sealed class PendingCommit(Func<AccountCommit, Task<bool>> commit, TimeProvider time, CancellationToken ending)
#pragma warning restore CA1001
{
    /// <summary>A replica regards content as forged if it was committed more than this, plus one minute, after its turn began.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _sending = new(1);
    private AccountCommit? _pending;

    /// <summary>Keeps a commit instead of an earlier one, and tries to send it every second. The end of a turn does not replace an entry: a turn that is not ended is only taken over later.</summary>
    public void Keep(AccountCommit pending)
    {
        var before = _pending;
        if (pending.Account is not null)
            _pending = pending;
        else if (before?.Account is null)
            Interlocked.CompareExchange(ref _pending, pending, before);

        _ = SendLaterAsync(pending);
    }

    /// <returns>Whether no commit is pending any more.</returns>
    public async Task<bool> TrySendAsync()
    {
        await _sending.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (_pending is not { } pending)
                return true;
            if (time.GetElapsedTime(pending.Turn.Begun) < MaxAge && !await commit(pending).ConfigureAwait(false))
                return false;

            // Another one may have been kept meanwhile.
            return ReferenceEquals(Interlocked.CompareExchange(ref _pending, null, pending), pending);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task SendLaterAsync(AccountCommit pending)
    {
        try
        {
            while (ReferenceEquals(_pending, pending))
            {
                await Task.Delay(BetweenTries, time, ending).ConfigureAwait(false);
                await TrySendAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The account was disposed, which tries once more.
        }
    }
}
