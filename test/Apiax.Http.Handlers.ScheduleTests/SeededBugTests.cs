namespace Apiax.Http.Handlers.ScheduleTests;

/// <summary>A search that finds nothing proves something only if it finds known bugs: the same scenario, with providers that have one.</summary>
[TestFixture]
internal sealed class SeededBugTests
{
    [Test]
    public void A_provider_that_decides_outside_its_lock_is_detected() => Assert.That(
        Explorer.FirstFailureOf(() => Scenarios.ColdStart((flight, time) => new DecidesOutsideItsLock(flight, time))),
        Does.Contain("Two flights at once.").Or.Contain("More than one token request"));

    [Test]
    public void A_provider_that_forgets_waiting_callers_is_detected() => Assert.That(
        Explorer.FirstFailureOf(() => Scenarios.ColdStart((flight, time) => new ForgetsWhoWaits(flight, time))),
        Does.Contain("eadlock"));
}
