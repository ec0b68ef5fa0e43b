using Apiax.Http.Handlers.Simulation;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Replicas without a store that start together, on a server that accepts one of several overlapping logins of a user: the simulation's runs in small.</summary>
[TestFixture]
internal sealed class OverlappingLoginTests
{
    private const int Runs = 100;

    [TestCase(2, 1.0, 10, 100)]
    [TestCase(8, 0.88, 80, 95)]
    [TestCase(30, 0.59, 220, 95)]
    public void Replicas_that_start_together_do_not_keep_each_other_out(int replicas, double withinTenSeconds, double allWithin, int inRuns)
    {
        var runs = Enumerable.Range(0, Runs).Select(seed => LoginCluster.Run(replicas, TimeSpan.FromMilliseconds(200), seed)).ToList();

        Assert.Multiple(() =>
        {
            Assert.That(runs, Has.All.Length.EqualTo(replicas));
            Assert.That(runs.Average(run => run.Count(second => second <= 10) / (double)replicas), Is.GreaterThanOrEqualTo(withinTenSeconds));
            Assert.That(runs.Count(run => run[^1] <= allWithin), Is.GreaterThanOrEqualTo(inRuns));
        });
    }

    [Test]
    public void A_run_depends_on_nothing_but_its_seed()
    {
        var first = LoginCluster.Run(8, TimeSpan.FromMilliseconds(200), seed: 1);

        Assert.That(LoginCluster.Run(8, TimeSpan.FromMilliseconds(200), seed: 1), Is.EqualTo(first));
    }

    [Test]
    public void A_wrong_password_is_sent_six_or_seven_times_in_the_first_half_hour() =>
        Assert.That(Enumerable.Range(0, Runs).Select(LoginCluster.CountWrongPasswords), Has.All.InRange(6, 7));
}
