using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>An access token and its expiry. Equality is by value.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class ApiaxAccessToken : IEquatable<ApiaxAccessToken>
{
    /// <summary>Creates a token.</summary>
    /// <param name="value">The token's text: one or more visible ASCII characters, as a header allows.</param>
    /// <param name="expiresOn">When it expires.</param>
    /// <exception cref="ArgumentException"><paramref name="value"/> is null, empty, or not allowed in a header.</exception>
    public ApiaxAccessToken(string value, DateTimeOffset expiresOn)
        : this(value, expiresOn, expiresOn)
    {
    }

    /// <param name="value">The token's text.</param>
    /// <param name="expiresOn">When it expires.</param>
    /// <param name="refreshOn">When to start getting another token in the background.</param>
    internal ApiaxAccessToken(string value, DateTimeOffset expiresOn, DateTimeOffset refreshOn)
    {
        ArgumentException.ThrowIfNullOrEmpty(value);
        if (!IsHeaderSafe(value))
            throw new ArgumentException("An access token must consist of visible ASCII characters.", nameof(value));

        Value = value;
        ExpiresOn = expiresOn;
        RefreshOn = refreshOn;
    }

    /// <summary>The token itself: a secret.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string Value { get; }

    /// <summary>When it expires.</summary>
    public DateTimeOffset ExpiresOn { get; }

    /// <summary>When to start getting another token in the background, while this one is still used.</summary>
    internal DateTimeOffset RefreshOn { get; }

    /// <inheritdoc/>
    public bool Equals(ApiaxAccessToken? other) =>
        other is not null && Value == other.Value && ExpiresOn == other.ExpiresOn;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ApiaxAccessToken);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Value, ExpiresOn);

    /// <summary>The token's expiry, never its text.</summary>
    public override string ToString() => $"ApiaxAccessToken {{ [redacted], expires {ExpiresOn:u} }}";

    /// <summary>
    /// .NET does not check this header when it sends a request: with a line break in a token, an attacker could add headers.
    /// RFC 6750 §2.1 allows fewer characters, but real servers use others too.
    /// </summary>
    internal static bool IsHeaderSafe(string value) => !value.AsSpan().ContainsAnyExceptInRange('\u0021', '\u007E');
}
