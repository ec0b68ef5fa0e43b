namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class PauseTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Pause TenSeconds = new(Noon, TimeSpan.FromSeconds(10));

    [TestCase(0, true)]
    [TestCase(9.999, true)]
    [TestCase(10, false)]
    [TestCase(3600, false)]
    public void A_pause_covers_its_length_and_not_its_end(double seconds, bool covered) =>
        Assert.That(TenSeconds.Covers(Noon.AddSeconds(seconds)), Is.EqualTo(covered));

    [TestCase(1, -4.9, true)]
    [TestCase(1, -5, false)]
    [TestCase(10, -9.9, true)]
    [TestCase(10, -10, false)]
    [TestCase(10, -3600, false)]
    [TestCase(300, -59, true)]
    [TestCase(300, -60, false)]
    public void A_clock_set_back_makes_a_pause_longer_by_its_length_at_most_within_five_seconds_and_a_minute(double length, double seconds, bool covered) =>
        Assert.That(new Pause(Noon, TimeSpan.FromSeconds(length)).Covers(Noon.AddSeconds(seconds)), Is.EqualTo(covered));

    [Test]
    public void No_pause_covers_nothing() => Assert.That(default(Pause).Covers(Noon), Is.False);

    [TestCase(0, 10)]
    [TestCase(4, 6)]
    [TestCase(10, 0)]
    [TestCase(11, 0)]
    public void The_remaining_time_is_never_negative(double seconds, double remaining) =>
        Assert.That(TenSeconds.RemainingAt(Noon.AddSeconds(seconds)), Is.EqualTo(TimeSpan.FromSeconds(remaining)));

    [TestCase(0, 1)]
    [TestCase(1, 2)]
    [TestCase(4, 16)]
    [TestCase(5, 30)]
    [TestCase(100, 30)]
    [TestCase(int.MaxValue, 30)]
    public void A_length_doubles_up_to_its_maximum(int times, double seconds) =>
        Assert.That(Pause.Doubled(TimeSpan.FromSeconds(1), times, TimeSpan.FromSeconds(30)), Is.EqualTo(TimeSpan.FromSeconds(seconds)));
}
