namespace Apiax.Http.Handlers;

/// <summary>
/// Where the replicas of a service keep what they hold together of an account, so that one of them signs in and refreshes for all.
/// Registered in the container, it serves all accounts. Without one, each process keeps its own tokens.
/// </summary>
/// <remarks>
/// <para>
/// The store knows nothing of tokens: it keeps one entry of bytes for each account, and lets one owner at a time have the turn to make
/// the next. Whoever wants to refresh begins a turn, and uses the entry's refresh token only while the turn is its own: a server that
/// rotates refresh tokens ends the session when one is used twice. So a turn has no end of its own: an owner that died may have used
/// the refresh token, and whoever takes the turn over, however much later, must be told. Its laws, which <c>TokenStoreContract</c> in <c>Apiax.Http.Handlers.Testing</c> checks:
/// </para>
/// <list type="bullet">
/// <item>Each call is atomic: two callers never both get a free turn, nor both commit on one version.</item>
/// <item>A version is never used again for an account, not even after the store lost its data.</item>
/// <item>A turn goes on until its owner ends it or another takes it over, and is not forgotten while the entry is kept.</item>
/// <item>A commit depends on the version and not on the turn: an owner who lost its turn must still be able to save a refresh token that the server has rotated, if nobody wrote meanwhile.</item>
/// <item>An age counts by the store's own clock: the clocks of two replicas may differ.</item>
/// <item>An entry is a secret: encrypt it wherever others can read the store.</item>
/// </list>
/// <para>
/// A store may throw anything, or be slow. Each call is given two and a half seconds; then the store is left alone for three, and the process goes on by
/// itself: the valid token serves on, and only who has none signs in, for this process alone.
/// </para>
/// </remarks>
public interface ITokenStore
{
    /// <summary>The entry of an account.</summary>
    /// <param name="account">Names the account: 64 hexadecimal digits, which tell neither user nor server.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The entry; <see langword="null"/> when there is none.</returns>
    ValueTask<TokenStoreEntry?> ReadAsync(string account, CancellationToken cancellationToken);

    /// <summary>Asks for the turn to make the next entry. Does not wait: one round trip.</summary>
    /// <param name="account">Names the account.</param>
    /// <param name="knownVersion">The version that the caller knows; 0 for none. Another one in the store is the answer, and no turn is begun.</param>
    /// <param name="owner">Names the caller, always the same: its own turn that it asks for again (an answer got lost) is granted again.</param>
    /// <param name="silence">Another's turn that was neither begun nor renewed for so long is taken over.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Whose turn it is, with the entry for the one who is to go on with it.</returns>
    ValueTask<TokenStoreTurn> BeginAsync(string account, long knownVersion, string owner, TimeSpan silence, CancellationToken cancellationToken);

    /// <summary>Shows that the owner of a turn is still at work.</summary>
    /// <param name="account">Names the account.</param>
    /// <param name="owner">Names the caller.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Whether the turn is the caller's.</returns>
    ValueTask<bool> RenewAsync(string account, string owner, CancellationToken cancellationToken);

    /// <summary>Ends the caller's turn, if it has it, without a new entry, and wakes those who wait.</summary>
    /// <param name="account">Names the account.</param>
    /// <param name="owner">Names the caller.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task that completes then.</returns>
    ValueTask EndAsync(string account, string owner, CancellationToken cancellationToken);

    /// <summary>Writes the next entry if the version is still the expected one, ends the caller's turn in any case, and wakes those who wait.</summary>
    /// <param name="account">Names the account.</param>
    /// <param name="owner">Names the caller.</param>
    /// <param name="expectedVersion">The version that the new entry replaces; 0 for none.</param>
    /// <param name="content">The new entry, not empty.</param>
    /// <param name="keep">How long the entry is of use; it may be forgotten after that.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>
    /// The entry that stands in the store now: the caller's own, or the one that somebody else wrote. <see langword="null"/> when there is none although one
    /// was expected; nothing was written then.
    /// </returns>
    ValueTask<TokenStoreEntry?> CommitAsync(
        string account, string owner, long expectedVersion, ReadOnlyMemory<byte> content, TimeSpan keep, CancellationToken cancellationToken);

    /// <summary>Waits until the entry or the turn of an account may have changed. Waking too early does little harm, too late costs a moment.</summary>
    /// <param name="account">Names the account.</param>
    /// <param name="knownVersion">The version that the caller knows: a store that knows of a later one does not wait.</param>
    /// <param name="atMost">When to come back in any case.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that completes then.</returns>
    ValueTask WaitAsync(string account, long knownVersion, TimeSpan atMost, CancellationToken cancellationToken);
}
