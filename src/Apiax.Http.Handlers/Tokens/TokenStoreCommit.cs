using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>The outcome of a turn: a new entry, the end of the turn, or its renewal.</summary>
/// <remarks>It changes nothing if the owner has meanwhile begun a turn, or holds a claim, with a higher <see cref="Number"/>.</remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class TokenStoreCommit
{
    /// <summary>The caller's name.</summary>
    public required string Owner { get; init; }

    /// <summary>The number of the turn.</summary>
    public required long Number { get; init; }

    /// <summary>The version that the turn began with; 0 for none. Writing content and releasing the claim need this version; ending or renewing the turn does not.</summary>
    public required long ExpectedVersion { get; init; }

    /// <summary>The version of the new entry.</summary>
    public long Version { get; init; }

    /// <summary>The new entry; empty for none.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>How long the new entry is useful; after that, the store deletes it, or answers as if it had.</summary>
    public TimeSpan Keep { get; init; }

    /// <summary>
    /// Whether the claim ends. With content: its refresh token has not been used. Without content: the caller holds the claim and has not used the refresh
    /// token.
    /// </summary>
    public bool ReleasesClaim { get; init; }

    /// <summary>Whether the turn, if the caller has it, continues and is renewed; also with content.</summary>
    public bool KeepsTurn { get; init; }

    /// <summary>Tells other replicas why the owner backs off; empty for no new note. Only the owner of the turn writes a note; a new entry removes it.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public ReadOnlyMemory<byte> Note { get; init; }

    /// <summary>How long the note is valid.</summary>
    public TimeSpan NoteLength { get; init; }

    /// <summary>The versions, never the content.</summary>
    public override string ToString() => $"TokenStoreCommit {{ [redacted], version {Version} instead of {ExpectedVersion} }}";
}
