using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>The commands, their options, and their <c>--help</c> texts.</summary>
internal static class Commands
{
    private const int SandboxPort = 8480;

    public static RootCommand Create(ToolEnvironment tool)
    {
        var root = new RootCommand("Finds what is broken between a service and Apiax, and runs an Apiax sandbox.") { HelpName = "apiax" };
        root.Directives.Clear();
        root.Add(Check(tool));
        root.Add(Sandbox(tool));
        return root;
    }

    private static Command Check(ToolEnvironment tool)
    {
        var url = new Argument<string?>("URL")
        {
            Description = "An address of the API to call with the token: https (or http on this machine), without user name and password.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        url.Validators.Add(result => AddErrorUnless(ParseUrl(result.GetValue(url)) is not null, result));
        var configuration = new Option<string?>("--configuration") { Description = "A JSON file to read instead of appsettings.json and appsettings.{environment}.json in the current folder.", HelpName = "FILE" };
        configuration.Validators.Add(result => AddErrorUnless(!string.IsNullOrWhiteSpace(result.GetValue(configuration)), result));
        var secrets = new Option<string?>("--user-secrets") { Description = "The id of the user secrets to read. Default: the project's, in Development; apiax if it has none.", HelpName = "ID" };
        secrets.Validators.Add(result => AddErrorUnless(SettingsSources.IsFileName(result.GetValue(secrets)), result));
        var json = Json("Writes one JSON document, for scripts, and never asks for input.");

        var command = new Command("check", "Checks each link from the settings to the API, and names the first broken one.") { url, configuration, secrets, json };
        command.SetAction((parsed, cancellationToken) => new CheckCommand(tool).RunAsync(
            ParseUrl(parsed.GetValue(url)), parsed.GetValue(configuration), parsed.GetValue(secrets), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static Command Sandbox(ToolEnvironment tool)
    {
        var port = new Option<int>("--port") { Description = "The port on this machine; 0 for any free port.", HelpName = "NUMBER", DefaultValueFactory = _ => SandboxPort };
        port.Validators.Add(result => AddErrorUnless(result.Tokens is [] || ushort.TryParse(result.Tokens[^1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out _), result));
        var tokens = Lifetime("--token-lifetime", "How long an access token is valid, in seconds.", TimeSpan.FromMinutes(30));
        var refreshes = Lifetime("--refresh-lifetime", "How long after a login refresh tokens are valid, in seconds.", TimeSpan.FromDays(14));
        var users = new Option<string[]>("--user") { Description = "A user of the sandbox instead of sandbox:sandbox-password; may be given more than once. Not for real passwords.", HelpName = "NAME:PASSWORD" };
        users.Validators.Add(result => AddErrorUnless(result.Tokens.All(token => SandboxUser.Parse(token.Value) is not null) && SandboxUser.FindRepeated(result.Tokens) is null, result));
        var json = Json("Writes the settings as one JSON document for appsettings.json; the requests go to stderr.");

        var command = new Command("sandbox", "Runs an Apiax sandbox on this machine until Ctrl+C, for users without an account.") { port, tokens, refreshes, users, json };
        command.SetAction((parsed, cancellationToken) => new SandboxCommand(tool).RunAsync(
            new SandboxRequest(
                parsed.GetValue(port),
                TimeSpan.FromSeconds(parsed.GetValue(tokens)),
                TimeSpan.FromSeconds(parsed.GetValue(refreshes)),
                [.. (parsed.GetValue(users) ?? []).Select(user => SandboxUser.Parse(user)!)],
                parsed.GetValue(json)),
            cancellationToken));
        return command;
    }

    private static Option<int> Lifetime(string name, string description, TimeSpan standard)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "SECONDS", DefaultValueFactory = _ => (int)standard.TotalSeconds };
        option.Validators.Add(result => AddErrorUnless(
            result.Tokens is [] || (int.TryParse(result.Tokens[^1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= 31_536_000), result));
        return option;
    }

    private static Option<bool> Json(string description) => new("--json") { Description = description };

    // The description of the option is the error message: see CommandLineErrors.
    private static void AddErrorUnless(bool isValid, SymbolResult result)
    {
        if (!isValid)
            result.AddError("wrong");
    }

    // An address with user info has a password, and others can read the command line.
    private static Uri? ParseUrl(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && ApiHosts.IsConfidential(url) && url.UserInfo.Length == 0 ? url : null;
}
