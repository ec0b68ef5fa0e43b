using System.Text.Json;

namespace Apiax.Http.Handlers;

/// <summary>Why the owner of a turn brought no token, for those who waited for it.</summary>
/// <param name="Failure">Why.</param>
/// <param name="Owner">Who it was.</param>
/// <param name="HasNoConnection">Whether it did not reach the server at all: others may.</param>
internal sealed record TurnNote(ApiaxAuthException Failure, string Owner, bool HasNoConnection)
{
    /// <returns>The note of an entry, while it is valid: with how much longer in <see cref="ApiaxAuthException.RetryAfter"/>.</returns>
    public static TurnNote? Read(TokenStoreEntry entry)
    {
        try
        {
            // No back-off is longer: a time that anybody may have written must not keep the password back.
            return !entry.Note.IsEmpty && entry.NoteRemaining >= TimeSpan.Zero && entry.NoteRemaining <= Outage.LongestLong && JsonSerializer.Deserialize(entry.Note.Span, SharedAccountContext.Default.TurnNoteContent) is { Failure: { } failure } content
                ? new(failure.ToException().Again(entry.NoteRemaining), content.Owner, content.HasNoConnection)
                : null;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            return null;
        }
    }

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(
        new TurnNoteContent { Failure = FailureContent.Of(Failure), Owner = Owner, HasNoConnection = HasNoConnection }, SharedAccountContext.Default.TurnNoteContent);

    // A record's own ToString would print the server's words.
    public override string ToString() => nameof(TurnNote);
}

/// <summary>The bytes of a note, as JSON.</summary>
internal sealed class TurnNoteContent
{
    public FailureContent? Failure { get; init; }

    public string Owner { get; init; } = "";

    public bool HasNoConnection { get; init; }
}
