using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>The outcome of a turn: a new entry, the end of the turn, or a sign that its owner is still at work.</summary>
/// <remarks>It changes nothing at all if the owner has meanwhile begun a turn or holds a claim under a higher <see cref="Number"/>.</remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class TokenStoreCommit
{
    /// <summary>Names the caller.</summary>
    public required string Owner { get; init; }

    /// <summary>The number of the turn.</summary>
    public required long Number { get; init; }

    /// <summary>The version that the turn began with; 0 for none. Content and release of the claim depend on it, the end of the turn does not.</summary>
    public required long ExpectedVersion { get; init; }

    /// <summary>The version of the new entry.</summary>
    public long Version { get; init; }

    /// <summary>The new entry; empty for none.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>How long the new entry is of use; the store may drop it after that.</summary>
    public TimeSpan Keep { get; init; }

    /// <summary>Whether the claim ends: with content, because its refresh token is not spent; without, if the caller holds the claim, because it has not spent the refresh token.</summary>
    public bool ReleasesClaim { get; init; }

    /// <summary>Whether the turn goes on, if the caller has it, and counts as renewed now.</summary>
    public bool KeepsTurn { get; init; }

    /// <summary>Why the owner backs off, for the others; empty for nothing new. Written only by the owner of the turn; a new entry removes the note before it.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public ReadOnlyMemory<byte> Note { get; init; }

    /// <summary>How long the note is valid.</summary>
    public TimeSpan NoteLength { get; init; }

    /// <summary>The versions, never the content.</summary>
    public override string ToString() => $"TokenStoreCommit {{ [redacted], version {Version} instead of {ExpectedVersion} }}";
}
