using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>An access token and its times. Equal by value.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class ApiaxAccessToken : IEquatable<ApiaxAccessToken>
{
    /// <summary>Creates a token.</summary>
    /// <param name="value">The token's text: one or more visible ASCII characters, as a header may hold them.</param>
    /// <param name="expiresOn">When it ends.</param>
    /// <exception cref="ArgumentException"><paramref name="value"/> is null, empty, or a header cannot hold it.</exception>
    public ApiaxAccessToken(string value, DateTimeOffset expiresOn)
        : this(value, expiresOn, expiresOn)
    {
    }

    /// <param name="value">The token's text.</param>
    /// <param name="expiresOn">When it ends.</param>
    /// <param name="refreshOn">From when on another is fetched in the background.</param>
    internal ApiaxAccessToken(string value, DateTimeOffset expiresOn, DateTimeOffset refreshOn)
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
    internal DateTimeOffset RefreshOn { get; }

    /// <inheritdoc/>
    public bool Equals(ApiaxAccessToken? other) =>
        other is not null && Value == other.Value && ExpiresOn == other.ExpiresOn;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ApiaxAccessToken);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Value, ExpiresOn);

    /// <summary>The token's times, never its text.</summary>
    public override string ToString() => $"ApiaxAccessToken {{ [redacted], expires {ExpiresOn:u} }}";

    /// <summary>
    /// Nothing on the way out checks a header set as an object: a line break in a token would be a header of the attacker's choice.
    /// RFC 6750 §2.1 allows fewer characters still; real servers do not keep to it.
    /// </summary>
    internal static bool IsHeaderSafe(string value) => !value.AsSpan().ContainsAnyExceptInRange('\u0021', '\u007E');
}
