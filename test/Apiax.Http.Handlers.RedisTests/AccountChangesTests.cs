using Apiax.Http.Handlers.Redis;

namespace Apiax.Http.Handlers.RedisTests;

[TestFixture]
internal sealed class AccountChangesTests
{
    private AccountChanges _changes = new();

    [SetUp]
    public void Renew() => _changes = new AccountChanges();

    [Test]
    public void A_change_announced_before_the_wait_ends_one_wait()
    {
        _changes.Notify(5);

        Assert.That(_changes.After(4).IsCompleted, Is.True);
        Assert.That(_changes.After(0).IsCompleted, Is.False, "the store may have lost its data: the known version is then lower for ever");
    }

    [Test]
    public void A_known_version_does_not_end_a_wait()
    {
        _changes.Notify(5);
        Assert.That(_changes.After(5).IsCompleted, Is.False);
    }

    [TestCase(0)]
    [TestCase(6)]
    [TestCase(long.MaxValue)]
    public async Task Any_published_message_ends_a_wait(long version)
    {
        var waits = _changes.After(5);
        _changes.Notify(version);
        await waits.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(long.MaxValue)]
    public void An_invalid_version_ends_no_later_wait(long version)
    {
        _changes.Notify(version);
        Assert.That(_changes.After(0).IsCompleted, Is.False);
    }
}
