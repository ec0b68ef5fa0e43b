namespace Apiax.Cli;

/// <summary>What <c>apiax sandbox</c> says when it runs.</summary>
internal static class SandboxScreen
{
    public static string Of(SandboxSettings settings) => $"""
        The sandbox runs at {settings.BaseAddress} on this machine alone. Ctrl+C ends it.

        Settings for appsettings.json:

        {settings.ToJson()}

        The same for the environment:

        {string.Join(Environment.NewLine, settings.Variables.Select(variable => $"export {variable.Name}='{variable.Value}'"))}

        The same for PowerShell:

        {string.Join(Environment.NewLine, settings.Variables.Select(variable => $"$env:{variable.Name} = '{variable.Value}'"))}

        Then, in another window:  apiax check {settings.BaseAddress}rules
        """;
}
