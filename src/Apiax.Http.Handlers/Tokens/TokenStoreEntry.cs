using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>What a store keeps of an account.</summary>
/// <param name="version">Tells it from every other entry that the account ever had; more than 0.</param>
/// <param name="age">How long ago it was committed, by the store's own clock; not negative.</param>
/// <param name="content">The bytes that were committed; empty when they cannot be read (another's key, another's format).</param>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class TokenStoreEntry(long version, TimeSpan age, ReadOnlyMemory<byte> content)
{
    /// <summary>Tells it from every other entry that the account ever had.</summary>
    public long Version { get; } = version;

    /// <summary>How long ago it was committed, by the store's own clock.</summary>
    public TimeSpan Age { get; } = age;

    /// <summary>The bytes that were committed: a secret.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public ReadOnlyMemory<byte> Content { get; } = content;

    /// <summary>The entry's version, never its content.</summary>
    public override string ToString() => $"TokenStoreEntry {{ [redacted], version {Version} }}";
}
