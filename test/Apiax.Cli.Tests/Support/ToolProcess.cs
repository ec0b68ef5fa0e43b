using System.Diagnostics;
using System.Text;

namespace Apiax.Cli.Tests;

/// <summary>The tool as a separate process; on a pseudo terminal if a test requests one.</summary>
internal sealed class ToolProcess : IDisposable
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly string _pidFile;
    private readonly StringBuilder _output = new();
    private readonly SemaphoreSlim _news = new(0);
    private readonly Task<string> _error;
    private readonly Task _reading;

    private ToolProcess(World world, string[] arguments, bool onTerminal, IReadOnlyDictionary<string, string> environment, string before = "")
    {
        _pidFile = Path.Combine(world.HomeFolder, $"{Guid.NewGuid():N}.pid");

        // The tool replaces the shell, so that the process id is the tool's. Tests that were started in the background ignore SIGINT and SIGQUIT, and the tool would inherit that.
        var command = $"{before}echo $$ > {_pidFile}; exec env --default-signal=INT,QUIT {Path.Combine(AppContext.BaseDirectory, "Apiax.Cli")} {string.Join(' ', arguments)}";
        var start = onTerminal ? new ProcessStartInfo("script", ["--quiet", "--return", "--command", command, "/dev/null"]) : new ProcessStartInfo("/bin/sh", ["-c", command]);
        start.WorkingDirectory = world.CurrentFolder;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        foreach (var name in start.Environment.Keys.Where(name => name.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Apiax", StringComparison.OrdinalIgnoreCase) || name == "NO_COLOR").ToList())
            start.Environment.Remove(name);

        foreach (var (name, value) in world.Environment)
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;

        (start.Environment["HOME"], start.Environment["XDG_DATA_HOME"], start.Environment["TERM"], start.Environment["SHELL"]) = (world.HomeFolder, Path.GetDirectoryName(world.StateFolder), "xterm-256color", "/bin/sh");
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        _process = Process.Start(start)!;
        _reading = ReadAsync();
        _error = _process.StandardError.ReadToEndAsync();
    }

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    public static ToolProcess Start(World world, params string[] arguments) => new(world, arguments, onTerminal: false, new Dictionary<string, string>(StringComparer.Ordinal));

    public static ToolProcess StartWith(World world, IReadOnlyDictionary<string, string> environment, params string[] arguments) => new(world, arguments, onTerminal: false, environment);

    public static ToolProcess StartWithoutFolder(World world, params string[] arguments) =>
        new(world, arguments, onTerminal: false, new Dictionary<string, string>(StringComparer.Ordinal), $"rmdir {world.CurrentFolder}; ");

    public static ToolProcess StartOnTerminal(World world, IReadOnlyDictionary<string, string> environment, params string[] arguments) => new(world, arguments, onTerminal: true, environment);

    public Task TypeAsync(string keys) => _process.StandardInput.WriteAsync(keys).ContinueWith(_ => _process.StandardInput.Flush(), TaskScheduler.Default);

    public void Signal(string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, File.ReadAllText(_pidFile).Trim()]);
        kill.WaitForExit(MaxWait);
    }

    public void WaitForExit() => _process.WaitForExit(MaxWait);

    /// <summary>Waits until the tool has written this.</summary>
    public async Task SaysAsync(string text)
    {
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            if (_reading.IsCompleted || !await _news.WaitAsync(MaxWait))
                throw new AssertionException($"The tool has not said \"{text}\" but: {Output}");
        }
    }

    public async Task<Run> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(MaxWait);
        await _reading.WaitAsync(MaxWait);
        return new Run(_process.ExitCode, Output, await _error.WaitAsync(MaxWait));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);

        _process.Dispose();
        _news.Dispose();
    }

    private async Task ReadAsync()
    {
        var chunk = new char[1024];
        int read;
        while ((read = await _process.StandardOutput.ReadAsync(chunk)) > 0)
        {
            lock (_output)
                _output.Append(chunk, 0, read);

            _news.Release();
        }

        _news.Release();
    }
}
