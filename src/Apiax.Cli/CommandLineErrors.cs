using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace Apiax.Cli;

/// <summary>
/// Describes what is wrong with a command line. A word of it is quoted only if it is similar to one that the tool knows, or the name of a user of the sandbox: any
/// other may be a password.
/// </summary>
internal static partial class CommandLineErrors
{
    public static string Describe(ParseResult parsed, string[] arguments)
    {
        var command = parsed.CommandResult.Command;
        var name = command is RootCommand ? "apiax" : $"apiax {command.Name}";
        var lines = parsed.Errors.Select(error => Describe(error, parsed, name)).Concat(parsed.UnmatchedTokens.Select(token => Describe(token, command, name)));

        List<string> text = [.. lines.OfType<string>().Distinct(StringComparer.Ordinal)];
        if (command.Name is not "sandbox" && arguments.Any(argument => CredentialWord().IsMatch(argument)))
            text.Add("User name and password are never taken from the command line, where others on this machine could read them: put them in the settings, or let apiax ask for them.");
        text.Add($"See {name} --help.");
        return string.Join(Environment.NewLine, text);
    }

    private static string? Describe(ParseError error, ParseResult parsed, string name) => error.SymbolResult switch
    {
        OptionResult { Option.Name: "--user" } users when SandboxUser.FindRepeated(users.Tokens) is { } user => $"--user {user} is given more than once; case does not matter.",
        OptionResult option => Describe(option.Option),
        ArgumentResult { Parent: OptionResult option } => Describe(option.Option),
        ArgumentResult { Tokens: [{ Value: ['-', ..] token }, ..] } => Describe(token, parsed.CommandResult.Command, name),
        ArgumentResult argument => $"{argument.Argument.Name} is not valid. {argument.Argument.Description}",
        _ => parsed is { CommandResult.Command: RootCommand root, UnmatchedTokens: [] } ? $"{name} needs a command: {Names(root.Subcommands)}." : null,
    };

    private static string Describe(Option option) => $"{option.Name} {option.HelpName} is missing or not valid. {option.Description}";

    private static string Describe(string token, Command command, string name)
    {
        if (OptionName().Match(token) is { Success: true } option)
            return $"{option.Value} is not an option of {name}.{Suggest(option.Value, OptionsOf(command))}";
        if (token.StartsWith('-'))
            return $"Unrecognized option. The options of {name} are: {string.Join(", ", OptionsOf(command))}.";
        if (command is RootCommand)
            return $"{Quoted(token, command) ?? "That"} is not a command of apiax.{Suggest(token, command.Subcommands.Select(known => known.Name))} The commands are: {Names(command.Subcommands)}.";

        return $"{$"Unrecognized argument {Quoted(token, command)}".TrimEnd()}.{Suggest(token, OptionsOf(command))}";
    }

    private static string? Quoted(string token, Command command)
    {
        var known = command.Subcommands.Select(subcommand => subcommand.Name).Concat(OptionsOf(command));
        return Similar.To(token, known) is null && Similar.To($"--{token}", known) is null ? null : $"'{token}'";
    }

    private static string Suggest(string token, IEnumerable<string> known)
    {
        var names = known.ToList();
        return (Similar.To(token, names) ?? Similar.To($"--{token}", names)) is { } meant ? $" Did you mean {meant}?" : "";
    }

    private static IEnumerable<string> OptionsOf(Command command) => command.Options.Select(option => option.Name);

    private static string Names(IEnumerable<Command> commands) => string.Join(", ", commands.Select(command => command.Name));

    // Two dashes and lower-case letters: a word with one dash may be a password.
    [GeneratedRegex("^--[a-z][a-z-]{0,30}(?=$|[=:])", RegexOptions.None, 1000)]
    private static partial Regex OptionName();

    [GeneratedRegex("user(name)?$|user(name)?[=:]|pass|secret[=:]?$|token|credential", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CredentialWord();
}
