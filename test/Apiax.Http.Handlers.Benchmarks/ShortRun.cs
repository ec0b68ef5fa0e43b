using System.Diagnostics;
using BenchmarkDotNet.Environments;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>Everything, short: what it prints is Markdown, for the README.</summary>
internal static class ShortRun
{
    /// <returns>Whether no byte or count is over its bar.</returns>
    public static async Task<bool> RunAsync(TextWriter output)
    {
        var start = Stopwatch.GetTimestamp();
        var report = new Report(output);
        foreach (var line in HostEnvironmentInfo.GetCurrent().ToFormattedString())
            report.Line(line);

        report.Line($"Load before: {Load()}");

        await using (var server = await ServerProcess.StartAsync())
        {
            await HandlerScenario.RunAsync(ScenarioSize.Short, report);
            await LoopbackScenario.RunAsync(server.Addresses, ScenarioSize.Short, report);
            await HerdScenario.RunAsync(server.Addresses, ScenarioSize.Short, report);
            await RenewalScenario.RunAsync(server.Addresses, ScenarioSize.Short, report);
            await RejectionScenario.RunAsync(server.Addresses, ScenarioSize.Short, report);
            await ColdStartScenario.RunAsync(server.Addresses, ScenarioSize.Short, report);
            await ScalingScenario.RunAsync(ScenarioSize.Short, report);
        }

        report.TableOfGoals();
        report.Line($"\nTook {Stopwatch.GetElapsedTime(start):m\\:ss}. Load after: {Load()}");
        return report.GatesHold;
    }

    // A figure from a busy machine is to be known as one.
    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
}
