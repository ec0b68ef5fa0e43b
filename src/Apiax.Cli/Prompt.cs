using Spectre.Console;

namespace Apiax.Cli;

/// <summary>Asks on the terminal, on stderr, so that the output can be redirected to a file; a secret is not shown.</summary>
internal static class Prompt
{
    public static async Task<string> AskAsync(string question, bool isSecret, CancellationToken cancellationToken)
    {
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error), Interactive = InteractionSupport.Yes });
        var prompt = new TextPrompt<string>(question);

        // .NET turns off the terminal's echo when it first checks for keys: before the question, since the first keys would otherwise be visible.
        _ = Console.KeyAvailable;
        try
        {
            return await (isSecret ? prompt.Secret(mask: null) : prompt).ShowAsync(terminal, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The next output begins on a new line.
            await Console.Error.WriteLineAsync();
            throw;
        }
    }
}
