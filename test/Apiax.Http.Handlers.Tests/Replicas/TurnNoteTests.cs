using System.Text;

namespace Apiax.Http.Handlers.Tests;

/// <summary>A note comes from a store that others write to: what cannot be read is none.</summary>
[TestFixture]
internal sealed class TurnNoteTests
{
    private static readonly byte[] Note = new TurnNote(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "down"), "owner", HasNoConnection: false).Write();

    [TestCase("")]
    [TestCase("no JSON")]
    [TestCase("[]")]
    [TestCase("null")]
    [TestCase("{}")]
    public void What_cannot_be_read_is_no_note(string note) => Assert.That(Read(Encoding.UTF8.GetBytes(note), TimeSpan.FromSeconds(3)), Is.Null);

    [Test]
    public void What_was_written_is_read_with_what_is_left_of_it([Values] bool hasNoConnection)
    {
        var note = Read(new TurnNote(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "away"), "another", hasNoConnection).Write(), TimeSpan.FromSeconds(3));

        Assert.That((note!.Failure.Reason, note.Failure.RetryAfter, note.Owner, note.HasNoConnection), Is.EqualTo((ApiaxAuthFailure.Unavailable, TimeSpan.FromSeconds(3), "another", hasNoConnection)));
    }

    [TestCase(0)]
    [TestCase(300)]
    public void It_tells_how_much_longer_its_owner_backs_off(int seconds) =>
        Assert.That(Read(Note, TimeSpan.FromSeconds(seconds))!.Failure.RetryAfter, Is.EqualTo(TimeSpan.FromSeconds(seconds)));

    [TestCase(TimeSpan.TicksPerMinute * 5 + 1)]
    [TestCase(long.MaxValue)]
    [TestCase(-1)]
    [TestCase(long.MinValue)]
    public void One_that_is_valid_for_longer_than_any_back_off_is_none(long ticks) => Assert.That(Read(Note, TimeSpan.FromTicks(ticks)), Is.Null);

    private static TurnNote? Read(byte[] note, TimeSpan remaining) => TurnNote.Read(new TokenStoreEntry { Time = default, Note = note, NoteRemaining = remaining });
}
