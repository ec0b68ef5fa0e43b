using System.Text.Json;

namespace Apiax.Http.Handlers;

/// <summary>Why the owner of a turn got no token, for the replicas that waited for it.</summary>
/// <param name="Failure">Why.</param>
/// <param name="Owner">The owner.</param>
/// <param name="MayBeLocal">Whether the cause may be the owner's own way to the server, so that others may reach it.</param>
internal sealed record TurnNote(ApiaxAuthException Failure, string Owner, bool MayBeLocal)
{
    /// <returns>The note of an entry, while it is valid; <see cref="ApiaxAuthException.RetryAfter"/> is its remaining time.</returns>
    public static TurnNote? Read(TokenStoreEntry entry)
    {
        try
        {
            // No back-off is longer: a forged duration must not delay the password for longer.
            return !entry.Note.IsEmpty && entry.NoteRemaining >= TimeSpan.Zero && entry.NoteRemaining <= Outage.Longest && JsonSerializer.Deserialize(entry.Note.Span, SharedAccountContext.Default.TurnNoteContent) is { Failure: { } failure } content
                ? new(failure.ToException().Again(entry.NoteRemaining), content.Owner, content.MayBeLocal)
                : null;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            return null;
        }
    }

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(
        new TurnNoteContent { Failure = FailureContent.Of(Failure), Owner = Owner, MayBeLocal = MayBeLocal }, SharedAccountContext.Default.TurnNoteContent);

    // A record's generated ToString would print the server's texts.
    public override string ToString() => nameof(TurnNote);
}

/// <summary>The bytes of a note, as JSON.</summary>
internal sealed class TurnNoteContent
{
    public FailureContent? Failure { get; init; }

    public string Owner { get; init; } = "";

    public bool MayBeLocal { get; init; }
}
