namespace Apiax.Http.Handlers.Benchmarks.Tests;

/// <summary>The short run, in a tiny size: the server in its child process, every scenario once, the tables.</summary>
internal sealed class ShortRunTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    [TestCase(6)]
    [TestCase(7)]
    [TestCase(8)]
    public async Task A_goal_is_measured(int goal)
    {
        using var output = new StringWriter();

        await ShortRun.RunAsync(ScenarioSize.Tiny, [goal], output).WaitAsync(TimeSpan.FromMinutes(1));

        var goals = output.ToString().Split('\n').Where(line => line.StartsWith($"| {goal} |", StringComparison.Ordinal)).ToArray();
        TestContext.Out.Write(output.ToString());
        Assert.That(goals, Is.Not.Empty);
    }

    [Test]
    public async Task Counts_are_correct_for_any_size()
    {
        using var output = new StringWriter();

        await ShortRun.RunAsync(ScenarioSize.Tiny, [5], output).WaitAsync(TimeSpan.FromMinutes(1));

        Assert.That(output.ToString(), Does.Contain("\n| 5 |").And.Not.Contain("**NO**"));
    }

    [Test]
    public void A_byte_over_the_limit_fails_the_run_and_a_slow_machine_does_not()
    {
        using var output = new StringWriter();
        var report = new Report(output);
        report.Time(1, "a time", "2 ×", "≤ 1 ×", isMet: false);

        Assert.That(report.GatesHold);

        report.Gate(1, "a count", "2", "1", isMet: false);

        Assert.That(report.GatesHold, Is.False);
    }
}
