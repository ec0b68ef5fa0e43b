using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>The entry of an account, as a call to the store found or left it.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class TokenStoreEntry
{
    /// <summary>The store's clock when it answered.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Distinguishes it from the other entries that the account has had; 0 if there is none.</summary>
    public long Version { get; init; }

    /// <summary>When it was committed, by the store's clock.</summary>
    public DateTimeOffset CommittedOn { get; init; }

    /// <summary>The bytes that were committed: a secret. Empty if there is no entry, or it cannot be read (another's key).</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>Whose turn it is.</summary>
    public TokenStoreTurn Turn { get; init; }

    /// <summary>Whether the caller, who has the turn, holds the claim: then, and only then, it may use the entry's refresh token.</summary>
    public bool HasClaim { get; init; }

    /// <summary>Why the last owner backs off, while that is valid; empty otherwise, and while another's turn is at work.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public ReadOnlyMemory<byte> Note { get; init; }

    /// <summary>How much longer the note is valid.</summary>
    public TimeSpan NoteRemaining { get; init; }

    /// <summary>The entry's version, never its content.</summary>
    public override string ToString() => $"TokenStoreEntry {{ [redacted], version {Version}, turn: {Turn} }}";
}

/// <summary>Whose turn it is to make the next entry of an account.</summary>
public enum TokenStoreTurn
{
    /// <summary>Nobody's.</summary>
    Nobody,

    /// <summary>The caller's: it was free, or the caller's own.</summary>
    Caller,

    /// <summary>The caller's, taken over from an owner that did not renew it.</summary>
    CallerInsteadOfAnother,

    /// <summary>Another's.</summary>
    Another,

    /// <summary>No turn began: the entry has another version than the one that the caller knows.</summary>
    Superseded,
}
