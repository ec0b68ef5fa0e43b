using Apiax.Http.Handlers.Redis;

namespace Apiax.Http.Handlers.RedisTests;

[TestFixture]
internal sealed class AccountChangesTests
{
    private AccountChanges _changes = new();

    [SetUp]
    public void Renew() => _changes = new AccountChanges();

    [Test]
    public void What_was_heard_between_the_question_and_the_wait_wakes_once()
    {
        _changes.Notify(5);

        Assert.That(_changes.After(4).IsCompleted, Is.True);
        Assert.That(_changes.After(0).IsCompleted, Is.False, "the store may have lost its data: the known version is then lower for ever");
    }

    [Test]
    public void What_is_known_already_wakes_nobody()
    {
        _changes.Notify(5);
        Assert.That(_changes.After(5).IsCompleted, Is.False);
    }

    [TestCase(0)]
    [TestCase(6)]
    [TestCase(long.MaxValue)]
    public async Task Whatever_is_published_wakes_who_waits(long version)
    {
        var waits = _changes.After(5);
        _changes.Notify(version);
        await waits.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(long.MaxValue)]
    public void What_is_no_version_wakes_nobody_later(long version)
    {
        _changes.Notify(version);
        Assert.That(_changes.After(0).IsCompleted, Is.False);
    }
}
