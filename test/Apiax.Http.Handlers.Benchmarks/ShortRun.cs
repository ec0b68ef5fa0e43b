using System.Diagnostics;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Environments;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>All scenarios in a short run; the output is Markdown, for the README.</summary>
internal static class ShortRun
{
    private static readonly (int Goal, Func<ServerAddresses, ScenarioSize, Report, Task> RunAsync)[] Scenarios =
    [
        (1, HandlerScenario.RunAsync),
        (2, LoopbackScenario.RunAsync),
        (3, HerdScenario.RunAsync),
        (4, RenewalScenario.RunAsync),
        (5, RejectionScenario.RunAsync),
        (6, ColdStartScenario.RunAsync),
        (7, ScalingScenario.RunAsync),
        (8, BodyScenario.RunAsync),
    ];

    /// <param name="size">How much is measured.</param>
    /// <param name="goals">Which goals; all if none is named.</param>
    /// <param name="output">Receives the tables.</param>
    /// <returns>Whether no byte or count is over its bar.</returns>
    public static async Task<bool> RunAsync(ScenarioSize size, IReadOnlyCollection<int> goals, TextWriter output)
    {
        var start = Stopwatch.GetTimestamp();
        var report = new Report(output);
        report.Title("Machine");
        foreach (var line in HostEnvironmentInfo.GetCurrent().ToFormattedString())
            report.Line($"    {line}");

        report.Line($"    {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}, a token of {SampleToken.Text.Length} characters");
        report.Line($"    load before: {Load()}");
        await using (var server = await ServerProcess.StartAsync())
        {
            foreach (var scenario in Scenarios.Where(scenario => goals.Count == 0 || goals.Contains(scenario.Goal)))
                await scenario.RunAsync(server.Addresses, size, report);
        }

        report.TableOfGoals();
        report.Line($"\nTook {Stopwatch.GetElapsedTime(start):m\\:ss}. Load after: {Load()}");
        return report.GatesHold;
    }

    // Shows whether the figures are from a busy machine.
    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
}
