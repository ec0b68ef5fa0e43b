namespace Apiax.Http.Handlers;

/// <summary>
/// Where the replicas of a service keep the tokens of an account, so that one of them signs in and refreshes for all.
/// Registered in the container, it serves all accounts. Without one, each process keeps its own tokens.
/// </summary>
/// <remarks>
/// <para>
/// A server that rotates refresh tokens ends the session when one is used twice. So a refresh token that may have been spent is handed to nobody but the
/// replica that may have spent it: the entry itself records who that is (the claim). The store keeps one entry for each account, as one unit: its content, whose
/// turn it is to make the next one, and the claim. What is lost is lost together. The laws, which <c>TokenStoreContract</c> in <c>Apiax.Http.Handlers.Testing</c> verifies:
/// </para>
/// <list type="bullet">
/// <item>Each call is one atomic step.</item>
/// <item>A claim is held by one owner. A turn that ends or is taken over leaves it; only its holder, or an entry with a refresh token that nobody has claimed, releases it.</item>
/// <item>Content is written only over the expected version. It needs no turn: an owner that lost its turn must still be able to save what the server has rotated.</item>
/// <item>A call under a lower number than its owner's last arrives late, and changes nothing.</item>
/// <item>All times are those of the store's own clock: the clocks of two replicas may differ.</item>
/// <item>An entry is a secret: encrypt it wherever others can read the store.</item>
/// </list>
/// <para>
/// A store may throw anything, or be slow. Each call is given two and a half seconds; after a failure the account backs off from the store for three seconds, after an
/// <see cref="IOException"/> (no connection) all accounts do. Meanwhile a valid token stays in use, and a process without one signs in for itself.
/// </para>
/// </remarks>
public interface ITokenStore
{
    /// <summary>Requests the turn to make the next entry. Does not wait: one round trip.</summary>
    /// <param name="account">Names the account: 64 hexadecimal digits, which reveal neither user nor server.</param>
    /// <param name="begin">Who requests it, and what the caller knows.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The entry, and whose turn it is.</returns>
    ValueTask<TokenStoreEntry> BeginAsync(string account, TokenStoreBegin begin, CancellationToken cancellationToken);

    /// <summary>Writes the outcome of a turn, and ends or keeps the turn. Wakes those who wait, unless it only renews the turn.</summary>
    /// <param name="account">Names the account.</param>
    /// <param name="commit">What to write.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The entry that is in the store now: the caller's own, or that of another.</returns>
    ValueTask<TokenStoreEntry> CommitAsync(string account, TokenStoreCommit commit, CancellationToken cancellationToken);

    /// <summary>Reads the entry of an account.</summary>
    /// <param name="account">Names the account.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The entry.</returns>
    ValueTask<TokenStoreEntry> ReadAsync(string account, CancellationToken cancellationToken);

    /// <summary>Waits until the entry or the turn of an account may have changed. Waking too early does little harm, too late costs a moment.</summary>
    /// <param name="account">Names the account.</param>
    /// <param name="knownVersion">The version that the caller knows: a store that knows of a later one does not wait.</param>
    /// <param name="atMost">When to return in any case.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that completes then.</returns>
    ValueTask WaitAsync(string account, long knownVersion, TimeSpan atMost, CancellationToken cancellationToken);
}
