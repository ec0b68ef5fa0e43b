namespace Apiax.Http.Handlers;

/// <summary>An entry on its way to the store.</summary>
/// <param name="Account">What to write.</param>
/// <param name="Expected">The version that it replaces.</param>
/// <param name="HasNewTokens">Whether its tokens are news.</param>
internal sealed record AccountSave(SharedAccount Account, long Expected, bool HasNewTokens)
{
    // A record's own ToString would print what it is about.
    public override string ToString() => nameof(AccountSave);
}

/// <summary>What this process owes to the others: an entry that the store did not take. It is tried again until it does.</summary>
/// <param name="commit">Writes an entry, and tells whether the store answered.</param>
/// <param name="time">The clock.</param>
/// <param name="ending">Cancelled when nothing is to be written any more.</param>
#pragma warning disable CA1001 // A semaphore whose wait handle nobody asks for holds nothing that must be given back.
internal sealed class UnsavedAccount(Func<AccountSave, Task<bool>> commit, TimeProvider time, CancellationToken ending)
#pragma warning restore CA1001
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _saving = new(1);
    private AccountSave? _save;

    /// <summary>Whether nothing is owed.</summary>
    public bool IsEmpty => _save is null;

    /// <summary>Keeps an entry, in the place of an older one, and tries every second to write it.</summary>
    public void Keep(AccountSave save)
    {
        _save = save;
        _ = SaveLaterAsync();
    }

    /// <returns>Whether nothing is owed any more.</returns>
    public async Task<bool> TrySaveAsync()
    {
        await _saving.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_save is not { } save)
                return true;
            if (!await commit(save).ConfigureAwait(false))
                return false;

            _save = null;
            return true;
        }
        finally
        {
            _saving.Release();
        }
    }

    private async Task SaveLaterAsync()
    {
        try
        {
            while (!IsEmpty)
            {
                await Task.Delay(BetweenTries, time, ending).ConfigureAwait(false);
                await TrySaveAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The process ends; the next login takes the password.
        }
    }
}
