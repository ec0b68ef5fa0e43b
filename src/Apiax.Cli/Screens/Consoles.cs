using Spectre.Console;

namespace Apiax.Cli;

/// <summary>What screens are written to.</summary>
internal static class Consoles
{
    // Longer than any line.
    private const int Unwrapped = 100_000;

    public static IAnsiConsole Create(Surroundings surroundings)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(surroundings.Output),
            Ansi = surroundings.IsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = surroundings.IsTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = surroundings.IsTerminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!surroundings.IsTerminal)
            console.Profile.Width = Unwrapped;

        return console;
    }
}
