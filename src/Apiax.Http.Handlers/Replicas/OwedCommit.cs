namespace Apiax.Http.Handlers;

/// <summary>A commit whose answer did not come, and when its turn began.</summary>
/// <param name="Account">The entry to write; nothing if only the turn is to end.</param>
/// <param name="Turn">The turn that it is the outcome of.</param>
/// <param name="ReleasesClaim">Whether the claim ends with it.</param>
internal sealed record AccountCommit(SharedAccount? Account, AccountTurn Turn, bool ReleasesClaim)
{
    // A record's own ToString would print what it is about.
    public override string ToString() => nameof(AccountCommit);
}

/// <summary>A turn of this process.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Expected">The version that it began with.</param>
/// <param name="Version">The version of the entry that it makes.</param>
/// <param name="BegunOn">When it began, by the store's clock.</param>
/// <param name="Begun">When it began, as a timestamp of this process.</param>
internal sealed record AccountTurn(long Number, long Expected, long Version, DateTimeOffset BegunOn, long Begun);

/// <summary>What this process owes to the others: a commit that the store did not answer. It is tried again until it is answered, or too old.</summary>
/// <param name="commit">Sends it, and returns whether the store answered.</param>
/// <param name="time">The clock.</param>
/// <param name="ending">Cancelled when nothing is to be written any more.</param>
#pragma warning disable CA1001 // A semaphore whose wait handle nobody uses holds nothing that must be released.
internal sealed class OwedCommit(Func<AccountCommit, Task<bool>> commit, TimeProvider time, CancellationToken ending)
#pragma warning restore CA1001
{
    /// <summary>Every replica takes a content for forged that was committed later than that, and a minute, after its turn began.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _paying = new(1);
    private AccountCommit? _owed;

    /// <summary>Keeps a commit, and tries every second to send it.</summary>
    public void Keep(AccountCommit owed)
    {
        _owed = owed;
        _ = PayLaterAsync();
    }

    /// <returns>Whether nothing is owed any more.</returns>
    public async Task<bool> TryPayAsync()
    {
        await _paying.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (_owed is { } owed && time.GetElapsedTime(owed.Turn.Begun) < MaxAge && !await commit(owed).ConfigureAwait(false))
                return false;

            _owed = null;
            return true;
        }
        finally
        {
            _paying.Release();
        }
    }

    private async Task PayLaterAsync()
    {
        try
        {
            while (_owed is not null)
            {
                await Task.Delay(BetweenTries, time, ending).ConfigureAwait(false);
                await TryPayAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The process ends; the next login takes the password.
        }
    }
}
