using System.CommandLine;
using System.CommandLine.Invocation;

namespace Apiax.Cli;

/// <summary>From the command line to the exit code.</summary>
internal static class Tool
{
    public static async Task<int> RunAsync(string[] arguments, ToolEnvironment tool, CancellationToken stop)
    {
        try
        {
            // No response files: @FILE would be read. No bundles of short options: there is only -h.
            var parsed = Commands.Create(tool).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
            if (parsed.Action is ParseErrorAction or null)
            {
                await tool.Error.WriteLineAsync(CommandLineErrors.Describe(parsed, arguments));
                return ExitCodes.WrongCommandLine;
            }

            return await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = tool.Output,
                    Error = tool.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                },
                stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await tool.Error.WriteLineAsync("Stopped.");
            return ExitCodes.Interrupted;
        }
#pragma warning disable CA1031 // Any exception: its message could quote a secret, and the stack trace is sufficient.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            await tool.Error.WriteLineAsync($"apiax failed. This is a bug in apiax; please report it: {exception.GetType()}{Environment.NewLine}{exception.StackTrace}");
            return ExitCodes.InternalError;
        }
    }
}
