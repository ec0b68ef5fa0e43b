using System.Diagnostics;
using Microsoft.Coyote;
using Microsoft.Coyote.SystematicTesting;

namespace Apiax.Http.Handlers.ScheduleTests;

/// <summary>Runs a scenario under many schedules: at each lock, task and await, Coyote chooses which task continues.</summary>
internal static class Explorer
{
    public const int Schedules = 1000;

    /// <summary>A schedule under which the scenario fails; null if there is none.</summary>
    public static string? FirstFailureOf(Func<Task> scenario)
    {
        var configuration = Configuration.Create()
            .WithTestingIterations(Schedules)
            .WithTelemetryEnabled(false)
            .WithMaxSchedulingSteps(5000)
            .WithFailureOnMaxStepsBoundEnabled()

            // Task.WaitAsync completes on the thread pool, where Coyote does not schedule: it waits for the result.
            .WithPartiallyControlledConcurrencyAllowed()
            .WithPartiallyControlledDataNondeterminismAllowed()
            .WithSystematicFuzzingFallbackEnabled(false)
            .WithPotentialDeadlocksReportedAsBugs();
        using var engine = TestingEngine.Create(configuration, scenario);
        var clock = Stopwatch.StartNew();
        engine.Run();

        var report = engine.TestReport;
        TestContext.Out.WriteLine($"{report.NumOfExploredFairPaths + report.NumOfExploredUnfairPaths} schedules in {clock.Elapsed.TotalSeconds:0.0} s");
        if (report.InternalErrors.Count > 0)
            throw new InvalidOperationException(string.Join('\n', report.InternalErrors));

        return report.BugReports.FirstOrDefault();
    }

    public static void Holds(Func<Task> scenario) => Assert.That(FirstFailureOf(scenario), Is.Null);
}
