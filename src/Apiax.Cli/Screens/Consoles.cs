using Spectre.Console;

namespace Apiax.Cli;

/// <summary>Creates the console for the screens.</summary>
internal static class Consoles
{
    // Longer than any line.
    private const int Unwrapped = 100_000;

    public static IAnsiConsole Create(ToolEnvironment tool)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(tool.Output),
            Ansi = tool.IsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = tool.IsTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = tool.IsTerminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!tool.IsTerminal)
            console.Profile.Width = Unwrapped;

        return console;
    }
}
