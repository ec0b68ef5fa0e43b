using Spectre.Console;

namespace Apiax.Cli;

/// <summary>Asks on the terminal. On stderr, so that the output can go to a file meanwhile; a secret leaves no trace on the screen.</summary>
internal static class Prompt
{
    public static async Task<string> AskAsync(string question, bool isSecret, CancellationToken cancellationToken)
    {
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error), Interactive = InteractionSupport.Yes });
        var prompt = new TextPrompt<string>(question);

        // .NET turns the terminal's echo off when it first looks for keys: before the question, or the first keys of a quick typist are seen.
        _ = Console.KeyAvailable;
        try
        {
            return await (isSecret ? prompt.Secret(mask: null) : prompt).ShowAsync(terminal, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // What comes next begins on a line of its own.
            await Console.Error.WriteLineAsync();
            throw;
        }
    }
}
