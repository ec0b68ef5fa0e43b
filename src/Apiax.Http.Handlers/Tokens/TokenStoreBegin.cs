namespace Apiax.Http.Handlers;

/// <summary>A request for the turn to write the next entry of an account.</summary>
/// <remarks>
/// Granted if the turn is free, is the caller's own, belongs to <see cref="Overtakes"/>, or was not renewed for <see cref="Silence"/>. With the
/// turn, the caller gets the claim on the refresh token, unless another owner holds it. A late request (a lower <see cref="Number"/> than the owner's
/// last) gets <see cref="TokenStoreTurn.Another"/>.
/// </remarks>
public sealed class TokenStoreBegin
{
    /// <summary>The version that the caller knows; 0 for none. If the store has an entry of another version, it answers with that entry and no turn begins; without an entry, the turn begins, without the claim.</summary>
    public long KnownVersion { get; init; }

    /// <summary>The caller's name, the same in all its calls.</summary>
    public required string Owner { get; init; }

    /// <summary>Counts the owner's turns; higher than all earlier numbers.</summary>
    public required long Number { get; init; }

    /// <summary>A turn of another owner that was not renewed for this long is taken over.</summary>
    public required TimeSpan Silence { get; init; }

    /// <summary>An owner whose turn is taken over without waiting; <see langword="null"/> for none.</summary>
    public string? Overtakes { get; init; }
}
