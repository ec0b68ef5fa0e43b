using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace Apiax.Cli;

/// <summary>Says what is wrong with a command line, and never quotes a value of it: somebody may have typed a password there.</summary>
internal static partial class CommandLineErrors
{
    public static string Describe(ParseResult parsed, string[] arguments)
    {
        var command = parsed.CommandResult.Command;
        var name = command is RootCommand ? "apiax" : $"apiax {command.Name}";
        var lines = parsed.Errors.Select(error => Describe(error, parsed, name)).Concat(parsed.UnmatchedTokens.Select(token => Describe(token, command, name)));

        List<string> text = [.. lines.OfType<string>().Distinct(StringComparer.Ordinal)];
        if (arguments.Any(argument => CredentialWord().IsMatch(argument)))
            text.Add("User name and password are never taken from the command line, where others on this machine could read them: put them into the settings, or let apiax ask.");
        text.Add($"See {name} --help.");
        return string.Join(Environment.NewLine, text);
    }

    private static string? Describe(ParseError error, ParseResult parsed, string name) => error.SymbolResult switch
    {
        OptionResult option => $"{option.Option.Name} {option.Option.HelpName} is missing or not as it must be: {option.Option.Description}",
        ArgumentResult { Parent: OptionResult option } => $"{option.Option.Name} {option.Option.HelpName} is missing or not as it must be: {option.Option.Description}",
        ArgumentResult { Tokens: [{ Value: ['-', ..] token }, ..] } => Describe(token, parsed.CommandResult.Command, name),
        ArgumentResult argument => $"{argument.Argument.Name} is not as it must be: {argument.Argument.Description}",
        _ => parsed is { CommandResult.Command: RootCommand root, UnmatchedTokens: [] } ? $"{name} wants a command: {Names(root.Subcommands)}." : null,
    };

    private static string Describe(string token, Command command, string name)
    {
        if (OptionName().Match(token) is { Success: true } option)
            return $"{option.Value} is not an option of {name}.";
        if (token.StartsWith('-'))
            return $"There is an option that {name} does not have.";

        return command is RootCommand ? $"There is no such command. The commands are: {Names(command.Subcommands)}." : $"There is an argument too many for {name}.";
    }

    private static string Names(IEnumerable<Command> commands) => string.Join(", ", commands.Select(command => command.Name));

    // With two dashes and of small letters: what begins with one dash may be a password.
    [GeneratedRegex("^--[a-z][a-z-]{0,30}(?=$|[=:])", RegexOptions.None, 1000)]
    private static partial Regex OptionName();

    [GeneratedRegex("user(name)?$|user(name)?[=:]|pass|secret[=:]?$|token|credential", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CredentialWord();
}
