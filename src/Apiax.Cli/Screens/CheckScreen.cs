using Spectre.Console;

namespace Apiax.Cli;

/// <summary>One line for each link as soon as it is checked. Colours and a spinner on a terminal; otherwise plain text without wrapping.</summary>
internal sealed class CheckScreen
{
    private const int TextColumn = 26;
    private const int MinTextWidth = 30;

    private readonly IAnsiConsole? _console;
    private readonly bool _isTerminal;

    private CheckScreen(IAnsiConsole? console, bool isTerminal)
    {
        _console = console;
        _isTerminal = isTerminal;
    }

    /// <summary>Shows nothing: the output is the JSON document only.</summary>
    public static CheckScreen Silent { get; } = new(console: null, isTerminal: false);

    public static CheckScreen On(ToolEnvironment tool)
    {
        var console = Consoles.Create(tool);
        return new CheckScreen(console, tool.IsTerminal && console.Profile.Capabilities is { Ansi: true, Interactive: true });
    }

    /// <summary>Shows which link is being checked, except while the user may be asked for input.</summary>
    public Task<Finding> WatchAsync(Link link, Func<Task<Finding>> check) => _isTerminal && link is not Link.Configuration
        ? _console!.Status().Spinner(Spinner.Known.Line).StartAsync(link.Title(), _ => check())
        : check();

    public void Show(Link link, Finding finding)
    {
        if (_console is null)
            return;

        var (state, colour) = finding.State switch
        {
            LinkState.Ok => ("ok", "green"),
            LinkState.Broken => ("BROKEN", "red"),
            _ => ("-", "grey"),
        };
        _console.MarkupLine($"[{colour}]{state,-8}[/]{link.Title(),-18}{Indented(finding.Text)}");
        if (finding.Remedy is { } remedy)
            _console.MarkupLine($"{"",8}{"What to do",-18}{Indented(remedy)}");
    }

    public void Conclude(Link? broken)
    {
        _console?.WriteLine();
        _console?.MarkupLine(broken is { } link
            ? $"[red]Broken:[/] {link.Title()} (exit code {(int)link})"
            : "[green]Nothing is broken.[/]");
    }

    private string Indented(string text) =>
        string.Join(Environment.NewLine + new string(' ', TextColumn), Lines(text, Math.Max(MinTextWidth, _console!.Profile.Width - TextColumn - 1)).Select(Markup.Escape));

    private static IEnumerable<string> Lines(string text, int width)
    {
        var line = "";
        foreach (var word in text.Split(' ').SelectMany(word => word.Chunk(width).DefaultIfEmpty([])).Select(piece => new string(piece)))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        yield return line;
    }
}
