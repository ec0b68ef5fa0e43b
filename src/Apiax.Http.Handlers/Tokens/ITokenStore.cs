namespace Apiax.Http.Handlers;

/// <summary>
/// Stores the tokens of an account for all replicas of a service, so that one replica signs in and refreshes for all.
/// If registered in the container, it serves all accounts. Without a store, each process keeps its own tokens.
/// </summary>
/// <remarks>
/// <para>
/// A server that rotates refresh tokens ends the session if one is used twice. So a refresh token that may have been used is given only to the
/// replica that may have used it: the entry records that replica (the claim). The store keeps one entry for each account, as one unit: its content, whose
/// turn it is to write the next one, and the claim. All parts are lost together. <c>TokenStoreContract</c> in <c>Apiax.Http.Handlers.Testing</c> verifies these rules:
/// </para>
/// <list type="bullet">
/// <item>Each call is one atomic step.</item>
/// <item>A claim has one holder. It stays when a turn ends or is taken over; only its holder, or an entry with a new refresh token,
/// releases it.</item>
/// <item>Content is written only over the expected version. It needs no turn: an owner that lost its turn must still be able to save a rotated refresh token.</item>
/// <item>A call with a lower number than its owner's last call is late, and changes nothing.</item>
/// <item>All times are those of the store's own clock: the clocks of two replicas may differ.</item>
/// <item>An entry is a secret: encrypt it if others can read the store.</item>
/// </list>
/// <para>
/// A store may throw any exception, or be slow. Each call may take 2.5 seconds. After a failure, the account does not call the store for 3 seconds; after an
/// <see cref="IOException"/> (no connection), no account does. Meanwhile a valid token stays in use, and a process without one signs in for itself; after a
/// <see cref="TimeoutException"/> (no answer; also as inner exception) up to 1.5 seconds later, so that replicas that start together do not all sign in at once.
/// </para>
/// </remarks>
public interface ITokenStore
{
    /// <summary>Requests the turn to write the next entry. It does not wait for another's turn: one round trip.</summary>
    /// <param name="account">The account's key: 64 hexadecimal digits, which reveal neither user nor server.</param>
    /// <param name="begin">Who requests it, and what the caller knows.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The entry, and whose turn it is.</returns>
    ValueTask<TokenStoreEntry> BeginAsync(string account, TokenStoreBegin begin, CancellationToken cancellationToken);

    /// <summary>Writes the outcome of a turn, and ends or keeps the turn. Ends the waits of <see cref="WaitAsync"/>, unless it only renews the turn.</summary>
    /// <param name="account">The account's key.</param>
    /// <param name="commit">What to write.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The entry that is in the store now: the caller's own, or that of another.</returns>
    ValueTask<TokenStoreEntry> CommitAsync(string account, TokenStoreCommit commit, CancellationToken cancellationToken);

    /// <summary>Reads the entry of an account.</summary>
    /// <param name="account">The account's key.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The entry.</returns>
    ValueTask<TokenStoreEntry> ReadAsync(string account, CancellationToken cancellationToken);

    /// <summary>Waits until the entry or the turn of an account may have changed. Returning too early does little harm; returning too late delays a caller.</summary>
    /// <param name="account">The account's key.</param>
    /// <param name="knownVersion">The version that the caller knows: a store that knows a later one does not wait.</param>
    /// <param name="atMost">The maximum time to wait.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that completes when the wait ends.</returns>
    ValueTask WaitAsync(string account, long knownVersion, TimeSpan atMost, CancellationToken cancellationToken);
}
