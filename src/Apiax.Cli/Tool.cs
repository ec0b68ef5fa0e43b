using System.CommandLine;
using System.CommandLine.Invocation;

namespace Apiax.Cli;

/// <summary>From the command line to the exit code.</summary>
internal static class Tool
{
    public static async Task<int> RunAsync(string[] arguments, Surroundings surroundings, CancellationToken stop)
    {
        try
        {
            // No response files: @FILE would be read. No bundles of short options: there is only -h.
            var parsed = Commands.Create(surroundings).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
            if (parsed.Action is ParseErrorAction or null)
            {
                await surroundings.Error.WriteLineAsync(CommandLineErrors.Describe(parsed, arguments));
                return ExitCodes.WrongCommandLine;
            }

            return await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = surroundings.Output,
                    Error = surroundings.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                },
                stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await surroundings.Error.WriteLineAsync("Stopped.");
            return ExitCodes.Interrupted;
        }
#pragma warning disable CA1031 // Whatever it is: its message could quote a secret, and a stack trace without it tells enough.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            await surroundings.Error.WriteLineAsync($"apiax failed. This is an error of apiax itself, please report it: {exception.GetType()}{Environment.NewLine}{exception.StackTrace}");
            return ExitCodes.InternalError;
        }
    }
}
