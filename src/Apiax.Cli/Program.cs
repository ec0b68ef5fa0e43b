using Apiax.Cli;

using var stop = new StopSignals();
var exitCode = await Tool.RunAsync(args, ToolEnvironment.OfThisProcess(), stop.Token);
return exitCode is ExitCodes.Interrupted ? stop.ExitCode : exitCode;
