using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>An access token and its times. Equal by value.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class AccessToken : IEquatable<AccessToken>
{
    /// <summary>Creates a token.</summary>
    /// <param name="value">The token's text: one or more visible ASCII characters, as they may stand in a header.</param>
    /// <param name="expiresOn">When it ends.</param>
    /// <param name="refreshOn">From when on another is fetched in the background.</param>
    /// <exception cref="ArgumentException"><paramref name="value"/> is null, empty, or cannot stand in a header.</exception>
    public AccessToken(string value, DateTimeOffset expiresOn, DateTimeOffset refreshOn)
    {
        ArgumentException.ThrowIfNullOrEmpty(value);
        if (!IsHeaderSafe(value))
            throw new ArgumentException("An access token consists of visible ASCII characters.", nameof(value));

        Value = value;
        ExpiresOn = expiresOn;
        RefreshOn = refreshOn;
    }

    /// <summary>The token itself: a secret.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string Value { get; }

    /// <summary>When it ends.</summary>
    public DateTimeOffset ExpiresOn { get; }

    /// <summary>From when on another is fetched in the background while this one is still used.</summary>
    public DateTimeOffset RefreshOn { get; }

    /// <inheritdoc/>
    public bool Equals(AccessToken? other) =>
        other is not null && Value == other.Value && ExpiresOn == other.ExpiresOn && RefreshOn == other.RefreshOn;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AccessToken);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Value, ExpiresOn, RefreshOn);

    /// <summary>The token's times, never its text.</summary>
    public override string ToString() => $"AccessToken {{ [redacted], expires {ExpiresOn:u} }}";

    /// <summary>
    /// Nothing on the way out checks a header set as an object: a line break in a token would be a header of the attacker's choice.
    /// RFC 6750 §2.1 allows fewer characters still; real servers do not keep to it.
    /// </summary>
    internal static bool IsHeaderSafe(string value) => !value.AsSpan().ContainsAnyExceptInRange('\u0021', '\u007E');
}
