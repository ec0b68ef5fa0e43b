// Replays the table of breaks in test/README.md: patch the code, run the test, expect red, restore.
//
//   dotnet run test/replay-breaks.cs            all of them, about 10 s each
//   dotnet run test/replay-breaks.cs -- ration  those with "ration" in their row
//   dotnet run test/replay-breaks.cs -- --check only whether each row still fits the code and names a test, in seconds
//
// It works in a git worktree of its own at HEAD, so the working tree is never touched.

#:property NoWarn=$(NoWarn);MA0047

using System.Diagnostics;
using System.Text.RegularExpressions;

const string Library = "Apiax.Http.Handlers";
const string Tool = "Apiax.Cli";
const string Redis = "Apiax.Http.Handlers.Redis";
const string Output = "bin/Debug/net10.0";
var rows = args is ["--check"] ? [] : File.ReadLines(Path.Combine("test", "README.md")).Select(Break.Parse).OfType<Break>()
    .Where(row => args.Length == 0 || row.ToString().Contains(args[0], StringComparison.OrdinalIgnoreCase)).ToList();

if (args is ["--check"])
    return Check(File.ReadLines(Path.Combine("test", "README.md")).Select(Break.Parse).OfType<Break>().ToList());

var tree = Directory.CreateTempSubdirectory("breaks-").FullName;
Run(".", "git", "worktree", "add", "--detach", "--force", tree);
var unnoticed = 0;
try
{
    foreach (var tests in rows.Select(row => TestsOf(ProjectOf(row))).Distinct(StringComparer.Ordinal))
    {
        if (Run(tree, "dotnet", "build", tests, "-f", "net10.0", "-v", "quiet") != 0)
            throw new InvalidOperationException("The tests do not build.");
    }

    foreach (var row in rows)
    {
        var verdict = Replay(row);
        unnoticed += verdict is "red" ? 0 : 1;
        Console.WriteLine($"{verdict,-14} {row.Promise} ({row.Test})");
    }
}
finally
{
    Run(".", "git", "worktree", "remove", "--force", tree);
}

Console.WriteLine($"{rows.Count} breaks replayed, {unnoticed} went unnoticed");
return unnoticed == 0 && rows.Count > 0 ? 0 : 1;

// A row that no longer fits would silently prove nothing.
static int Check(List<Break> all)
{
    // By project: a test of another one would not be run.
    var tests = all.Select(row => TestsOf(ProjectOf(row))).Distinct(StringComparer.Ordinal).ToDictionary(project => project, TextsOf, StringComparer.Ordinal);
    var wrong = 0;
    foreach (var row in all)
    {
        var file = Path.Combine(ProjectOf(row) is Library ? Path.Combine("src", Library) : "src", row.File);
        var found = File.Exists(file) ? File.ReadAllText(file).Split(row.Code).Length - 1 : -1;
        var names = row.Test.Split('.');
        var named = tests[TestsOf(ProjectOf(row))].Exists(text =>
            text.Contains($"class {names[Math.Max(0, names.Length - 2)]}", StringComparison.Ordinal) && (names.Length == 1 || text.Contains($" {names[^1]}(", StringComparison.Ordinal)));
        var verdict = found switch
        {
            -1 => "no such file",
            0 => "the code is not there",
            1 when !named => "no such test",
            1 => null,
            _ => "the code is there more than once",
        };
        if (verdict is not null)
        {
            Console.WriteLine($"{verdict}: {row.Promise} ({row.Test}, {row.File})");
            wrong++;
        }
    }

    Console.WriteLine($"{all.Count} breaks checked, {wrong} do not fit");
    return wrong == 0 && all.Count > 0 ? 0 : 1;
}

static List<string> TextsOf(string folder) => [.. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
    .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal)).Select(File.ReadAllText)];

string Replay(Break row)
{
    var project = ProjectOf(row);
    var (source, tests) = (Path.Combine("src", project), TestsOf(project));
    var file = Path.Combine(tree, project is Library ? source : "src", row.File);
    var text = File.ReadAllText(file);
    if (text.Split(row.Code).Length != 2)
        return "NOT FOUND";

    File.WriteAllText(file, text.Replace(row.Code, row.Broken, StringComparison.Ordinal));
    try
    {
        // The package alone: the tests take it as it is.
        if (Run(tree, "dotnet", "build", source, "-f", "net10.0", "--no-restore", "-v", "quiet", "-p:RunAnalyzers=false") != 0)
            return "NOT COMPILED";

        foreach (var built in new[] { $"{project}.dll", $"{project}.xml" })
            File.Copy(Path.Combine(tree, source, Output, built), Path.Combine(tree, tests, Output, built), overwrite: true);

        // The runner's exit codes: 0 green, 2 a test failed, 8 no test ran. A break that hangs is noticed too.
        return Run(tree, Path.Combine(tree, tests, Output, Path.GetFileName(tests)), "--filter", Filter(row.Test)) switch
        {
            0 => "STILL GREEN",
            8 => "NO TEST",
            _ => "red",
        };
    }
    finally
    {
        File.WriteAllText(file, text);
    }
}

// Paths are those of the library; another package's begin with its name.
static string ProjectOf(Break row) => row.File.StartsWith("Apiax.", StringComparison.Ordinal) ? row.File.Split('/')[0] : Library;

static string TestsOf(string project) => Path.Combine("test", project switch
{
    Tool => $"{Tool}.Tests",
    Redis => $"{Redis}Tests",
    _ => $"{Library}.Tests",
});

// A fixture with parameters stands between the two names with its arguments.
static string Filter(string test) => string.Join('&', test.Split('.').Select(name => $"FullyQualifiedName~{name}"));

static int Run(string directory, string command, params string[] arguments)
{
    using var process = Process.Start(new ProcessStartInfo(command, arguments)
    {
        WorkingDirectory = directory,
        UseShellExecute = false,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
    process.OutputDataReceived += (_, _) => { };
    process.ErrorDataReceived += (_, _) => { };
    process.BeginOutputReadLine();
    process.BeginErrorReadLine();
    if (!process.WaitForExit(TimeSpan.FromMinutes(3)))
        process.Kill(entireProcessTree: true);

    process.WaitForExit();
    return process.ExitCode;
}

internal sealed record Break(string Promise, string Test, string File, string Code, string Broken)
{
    public static Break? Parse(string line)
    {
        var cells = Regex.Split(line, @"(?<!\\)\|", RegexOptions.None, TimeSpan.FromSeconds(1)).Select(cell => cell.Replace("\\|", "|", StringComparison.Ordinal).Trim()).ToArray();
        return cells is ["", var promise, var test, var file, var code, var broken, ""] && file.Trim('`').EndsWith(".cs", StringComparison.Ordinal)
            ? new Break(promise, test.Trim('`'), file.Trim('`'), Unquoted(code), Unquoted(broken))
            : null;
    }

    private static string Unquoted(string cell) => cell.Length > 1 && cell[0] == '`' ? cell[1..^1] : cell;
}
