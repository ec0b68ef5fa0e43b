namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class TimeSpanExtensionsTests
{
    [TestCase(-1, 0)]
    [TestCase(0, 0)]
    [TestCase(0.1, 1)]
    [TestCase(1.4, 1)]
    [TestCase(29.9, 30)]
    [TestCase(900, 900)]
    public void A_length_is_rounded_to_whole_seconds_and_a_part_of_one_counts_as_one(double seconds, long whole) =>
        Assert.That(TimeSpan.FromSeconds(seconds).WholeSeconds(), Is.EqualTo(whole));
}
