using Apiax.Http.Handlers.Simulation;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Replicas without a store that start together, on a server that accepts one of several overlapping logins of a user: a part of the simulation's runs.</summary>
[TestFixture]
internal sealed class OverlappingLoginTests
{
    private const int Runs = 100;

    [TestCase(2, 1.0, 10, 100)]
    [TestCase(8, 0.88, 80, 95)]
    [TestCase(30, 0.59, 220, 95)]
    [TestCase(8, 0.88, 80, 95, true)]
    public async Task Replicas_that_start_together_or_whose_sessions_end_together_do_not_lock_each_other_out(int replicas, double withinTenSeconds, double allWithin, int inRuns, bool wereSignedIn = false)
    {
        var runs = await OnAPlainThreadAsync(seed => LoginCluster.Run(replicas, TimeSpan.FromMilliseconds(200), seed, wereSignedIn));

        Assert.Multiple(() =>
        {
            Assert.That(runs, Has.All.Length.EqualTo(replicas));
            Assert.That(runs.Average(run => run.Count(second => second <= 10) / (double)replicas), Is.GreaterThanOrEqualTo(withinTenSeconds));
            Assert.That(runs.Count(run => run[^1] <= allWithin), Is.GreaterThanOrEqualTo(inRuns));
        });
    }

    [Test]
    public async Task A_run_depends_on_nothing_but_its_seed()
    {
        var runs = await OnAPlainThreadAsync(_ => LoginCluster.Run(8, TimeSpan.FromMilliseconds(200), seed: 1));

        Assert.That(runs, Has.All.EqualTo(runs[0]).And.All.Length.EqualTo(8));
    }

    [Test]
    public async Task A_wrong_password_is_sent_six_or_seven_times_in_the_first_half_hour() =>
        Assert.That(await OnAPlainThreadAsync(LoginCluster.CountWrongPasswords), Has.All.InRange(6, 7));

    /// <summary>If a test framework has its own synchronization context, continuations would run on other threads.</summary>
    private static Task<List<T>> OnAPlainThreadAsync<T>(Func<int, T> run) => Task.Run(() => Enumerable.Range(0, Runs).Select(run).ToList());
}
