using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>The entry of an account, as it is after a call to the store.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class TokenStoreEntry
{
    /// <summary>The time of the answer, by the store's clock.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Distinguishes this entry from all others of the account; 0 if there is no entry.</summary>
    public long Version { get; init; }

    /// <summary>When the entry was committed, by the store's clock.</summary>
    public DateTimeOffset CommittedOn { get; init; }

    /// <summary>The bytes that were committed: a secret. Empty if there is no entry, or if it cannot be read (encrypted with another key).</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>Whose turn it is.</summary>
    public TokenStoreTurn Turn { get; init; }

    /// <summary>Whether the caller, which has the turn, also holds the claim. Only then may it use the entry's refresh token.</summary>
    public bool HasClaim { get; init; }

    /// <summary>Why the last owner backs off, while that is valid; otherwise empty. An owner that keeps its turn for a back-off also has a note; while an owner is active, there is none.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public ReadOnlyMemory<byte> Note { get; init; }

    /// <summary>How much longer the note is valid.</summary>
    public TimeSpan NoteRemaining { get; init; }

    /// <summary>The entry's version, never its content.</summary>
    public override string ToString() => $"TokenStoreEntry {{ [redacted], version {Version}, turn: {Turn} }}";
}

/// <summary>Whose turn it is to write the next entry of an account.</summary>
public enum TokenStoreTurn
{
    /// <summary>No one has the turn.</summary>
    Nobody,

    /// <summary>The caller has the turn: it was free, or already the caller's.</summary>
    Caller,

    /// <summary>The caller has the turn, taken over from an owner that did not renew it.</summary>
    CallerInsteadOfAnother,

    /// <summary>Another owner has the turn.</summary>
    Another,

    /// <summary>No turn began: the entry's version is not the one that the caller knows.</summary>
    Superseded,
}
