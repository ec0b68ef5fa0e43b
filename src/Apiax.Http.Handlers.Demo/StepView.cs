using System.Diagnostics;
using Spectre.Console;

namespace Apiax.Http.Handlers.Demo;

/// <summary>Runs the steps and shows them: a live table on a terminal, otherwise plain lines.</summary>
internal static class StepView
{
    public static async Task<bool> RunAsync(IReadOnlyList<Step> steps)
    {
        var clock = Stopwatch.StartNew();
        var met = Console.IsOutputRedirected ? await RunPlainAsync(steps) : await RunLiveAsync(steps);
        AnsiConsole.WriteLine($"{met} of {steps.Count} claims are met, counted by the sandbox in {clock.Elapsed.TotalSeconds:0.0} s.");
        return met == steps.Count;
    }

    private static async Task<int> RunPlainAsync(IReadOnlyList<Step> steps)
    {
        var met = 0;
        foreach (var step in steps)
        {
            var finding = await step.RunAsync();
            met += finding.IsMet ? 1 : 0;
            Console.WriteLine($"{(finding.IsMet ? "ok    " : "FAILED")} {step.Title}: {step.Claim} ({finding.Counted})");
        }

        return met;
    }

    private static async Task<int> RunLiveAsync(IReadOnlyList<Step> steps)
    {
        var table = new Table().RoundedBorder().AddColumns("", "What happens", "Expected", "Counted");
        foreach (var step in steps)
            table.AddRow("", step.Title, step.Claim, "[grey]…[/]");

        var met = 0;
        await AnsiConsole.Live(table).StartAsync(async live =>
        {
            for (var row = 0; row < steps.Count; row++)
            {
                table.UpdateCell(row, 3, "[yellow]running[/]");
                live.Refresh();

                var finding = await steps[row].RunAsync();
                met += finding.IsMet ? 1 : 0;
                table.UpdateCell(row, 0, finding.IsMet ? "[green]ok[/]" : "[red]FAILED[/]");
                table.UpdateCell(row, 3, Markup.Escape(finding.Counted));
                live.Refresh();
            }
        });
        return met;
    }
}
