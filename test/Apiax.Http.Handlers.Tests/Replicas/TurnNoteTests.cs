using System.Text;

namespace Apiax.Http.Handlers.Tests;

/// <summary>A note comes from a store that others can write to: one that cannot be read does not count.</summary>
[TestFixture]
internal sealed class TurnNoteTests
{
    private static readonly byte[] Note = new TurnNote(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "down"), "owner", MayBeLocal: false).Write();

    [TestCase("")]
    [TestCase("no JSON")]
    [TestCase("[]")]
    [TestCase("null")]
    [TestCase("{}")]
    public void Unreadable_bytes_are_not_a_note(string note) => Assert.That(Read(Encoding.UTF8.GetBytes(note), TimeSpan.FromSeconds(3)), Is.Null);

    [Test]
    public void An_entry_is_read_with_the_remaining_lifetimes([Values] bool mayBeLocal)
    {
        var note = Read(new TurnNote(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "away"), "another", mayBeLocal).Write(), TimeSpan.FromSeconds(3));

        Assert.That((note!.Failure.Reason, note.Failure.RetryAfter, note.Owner, note.MayBeLocal), Is.EqualTo((ApiaxAuthFailure.Unavailable, TimeSpan.FromSeconds(3), "another", mayBeLocal)));
    }

    [TestCase(0)]
    [TestCase(300)]
    public void It_has_the_remaining_back_off_of_its_owner(int seconds) =>
        Assert.That(Read(Note, TimeSpan.FromSeconds(seconds))!.Failure.RetryAfter, Is.EqualTo(TimeSpan.FromSeconds(seconds)));

    [TestCase(TimeSpan.TicksPerMinute * 5 + 1)]
    [TestCase(long.MaxValue)]
    [TestCase(-1)]
    [TestCase(long.MinValue)]
    public void A_note_that_is_valid_for_longer_than_any_back_off_is_ignored(long ticks) => Assert.That(Read(Note, TimeSpan.FromTicks(ticks)), Is.Null);

    private static TurnNote? Read(byte[] note, TimeSpan remaining) => TurnNote.Read(new TokenStoreEntry { Time = default, Note = note, NoteRemaining = remaining });
}
