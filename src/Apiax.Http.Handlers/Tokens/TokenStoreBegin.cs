namespace Apiax.Http.Handlers;

/// <summary>A request for the turn to make the next entry of an account.</summary>
/// <remarks>
/// Granted if the turn is free, the owner's own, that of <see cref="Overtakes"/>, or was not renewed for <see cref="Silence"/>. With the turn comes the claim on the entry's
/// refresh token, unless another owner holds it. A late one (a lower <see cref="Number"/> than its owner's last) is answered with <see cref="TokenStoreTurn.Another"/>.
/// </remarks>
public sealed class TokenStoreBegin
{
    /// <summary>The version that the caller knows; 0 for none. If another one is in the store, that is the answer, and no turn begins.</summary>
    public long KnownVersion { get; init; }

    /// <summary>Names the caller, always the same.</summary>
    public required string Owner { get; init; }

    /// <summary>Counts the owner's turns; higher than any before.</summary>
    public required long Number { get; init; }

    /// <summary>A turn of another owner that was not renewed for this long is taken over.</summary>
    public required TimeSpan Silence { get; init; }

    /// <summary>An owner whose turn is taken over at once; <see langword="null"/> for none.</summary>
    public string? Overtakes { get; init; }
}
