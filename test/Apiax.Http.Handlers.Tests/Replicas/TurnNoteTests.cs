namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class TurnNoteTests
{
    private static readonly byte[] Note = new TurnNote(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "down"), "owner", HasNoConnection: false).Write();

    [TestCase(0)]
    [TestCase(300)]
    public void It_tells_how_much_longer_its_owner_backs_off(int seconds) =>
        Assert.That(Read(TimeSpan.FromSeconds(seconds))!.Failure.RetryAfter, Is.EqualTo(TimeSpan.FromSeconds(seconds)));

    [TestCase(TimeSpan.TicksPerMinute * 5 + 1)]
    [TestCase(long.MaxValue)]
    [TestCase(-1)]
    [TestCase(long.MinValue)]
    public void One_that_is_valid_for_longer_than_any_back_off_is_none(long ticks) => Assert.That(Read(TimeSpan.FromTicks(ticks)), Is.Null);

    private static TurnNote? Read(TimeSpan remaining) => TurnNote.Read(new TokenStoreEntry { Time = default, Note = Note, NoteRemaining = remaining });
}
