namespace Apiax.Cli;

/// <summary>The output of <c>apiax sandbox</c>: its settings, then a line for each request. With --json, everything but the settings goes to stderr.</summary>
internal sealed class SandboxScreen(ToolEnvironment tool)
{
    public async Task BeginAsync(SandboxSettings settings, IReadOnlyList<SandboxFault> faults, Uri control, bool json, CancellationToken cancellationToken)
    {
        if (json)
            await ShowAsync(Text(faults, control), json);

        await tool.Output.WriteLineAsync(json ? settings.ToJson() : Text(settings, faults, control));
        await tool.Output.FlushAsync(cancellationToken);
    }

    /// <summary>Shows a line without buffering.</summary>
    public async Task ShowAsync(string line, bool json)
    {
        var target = json ? tool.Error : tool.Output;
        await target.WriteLineAsync(line);
        await target.FlushAsync();
    }

    private string Text(SandboxSettings settings, IReadOnlyList<SandboxFault> faults, Uri control) => $"""
        The sandbox runs at {settings.BaseAddress} and can be reached from this machine only. Ctrl+C ends it.

        Settings for appsettings.json:

        {settings.ToJson()}

        The same for the environment:

        {string.Join(Environment.NewLine, settings.Variables.Select(variable => $"export {variable.Name}='{variable.Value.Replace("'", @"'\''", StringComparison.Ordinal)}'"))}

        The same for PowerShell:

        {string.Join(Environment.NewLine, settings.Variables.Select(variable => $"$env:{variable.Name} = '{variable.Value.Replace("'", "''", StringComparison.Ordinal)}'"))}

        Then, in another window:  apiax check {settings.BaseAddress}rules

        {Text(faults, control)}

        Requests:
        """;

    private string Text(IReadOnlyList<SandboxFault> faults, Uri control) => $"""
        Faults, {(tool.ReadKey is null ? "" : "by a key here or ")}by a POST to {control}
        {string.Join(Environment.NewLine, faults.Select(fault => $"  {(tool.ReadKey is null ? "" : $"{fault.Key}  ")}/{fault.Name,-14}{fault.Description}"))}
        """;
}
