namespace Apiax.Cli;

/// <summary>Causes faults by keys, in a terminal.</summary>
internal sealed class SandboxKeys(ToolEnvironment tool, SandboxFaults faults)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    public async Task ReadAsync(Func<string, Task> show, CancellationToken cancellationToken)
    {
        while (tool.ReadKey is { } read)
        {
            await Task.Delay(PollInterval, tool.Time, cancellationToken);
            if (read() is { } key && faults.All.FirstOrDefault(fault => fault.Key == char.ToLowerInvariant(key)) is { } fault)
            {
                fault.Do();
                await show($"- The sandbox {fault.Description}.");
            }
        }
    }
}
