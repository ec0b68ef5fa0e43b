namespace Apiax.Cli;

/// <summary><c>apiax check</c>.</summary>
internal sealed class CheckCommand(Surroundings surroundings)
{
    /// <returns>0, or the exit code of the first broken link.</returns>
    public async Task<int> RunAsync(Uri? url, string? configuration, string? secretsId, bool json, CancellationToken cancellationToken)
    {
        var screen = json ? CheckScreen.Silent : CheckScreen.On(surroundings);
        using var walk = new Walk(surroundings, new SettingsSources(surroundings, configuration, secretsId), url, mayAsk: !json);
        var findings = await Chain.WalkAsync(walk, screen, cancellationToken);
        Link? broken = findings.Where(found => found.Finding.IsBroken).Select(found => (Link?)found.Link).FirstOrDefault();

        screen.Conclude(broken);
        if (json)
            await surroundings.Output.WriteLineAsync(CheckDocument.Write(findings, broken));

        return broken is { } first ? (int)first : ExitCodes.Fine;
    }
}
