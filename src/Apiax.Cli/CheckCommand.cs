namespace Apiax.Cli;

/// <summary><c>apiax check</c>.</summary>
internal sealed class CheckCommand(ToolEnvironment tool)
{
    /// <returns>0, or the exit code of the first broken link.</returns>
    public async Task<int> RunAsync(Uri? url, string? configuration, string? secretsId, bool json, CancellationToken cancellationToken)
    {
        var screen = json ? CheckScreen.Silent : CheckScreen.On(tool);
        using var context = new CheckContext(tool, new SettingsSources(tool, configuration, secretsId), url, mayAsk: !json);
        var findings = await Chain.RunAsync(context, screen, cancellationToken);
        Link? broken = findings.Where(found => found.Finding.IsBroken).Select(found => (Link?)found.Link).FirstOrDefault();

        screen.Conclude(broken);
        if (json)
            await tool.Output.WriteLineAsync(CheckDocument.Write(findings, broken));

        return broken is { } first ? (int)first : ExitCodes.Success;
    }
}
