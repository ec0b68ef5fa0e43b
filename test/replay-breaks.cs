// Replays the table of breaks in test/README.md: break the code, run the test, expect red, restore.
//
//   dotnet run test/replay-breaks.cs            all of them, about 4 s of one core each
//   dotnet run test/replay-breaks.cs -- ration  those with "ration" in their row
//   dotnet run test/replay-breaks.cs -- --check only whether each row fits the code, compiles and names a test; after a build
//
// A replay works in a git worktree of its own at HEAD, so the working tree is never touched. The broken code is compiled
// in this process, with the command line that the project gives to the compiler.

#:package Microsoft.CodeAnalysis.CSharp
#:property NoWarn=$(NoWarn);MA0047
#:property PublishAot=false

using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

const string Output = "bin/Debug/net10.0";
var isCheck = args is ["--check"];
var rows = File.ReadLines(Path.Combine("test", "README.md")).Select(Break.Parse).OfType<Break>()
    .Where(row => isCheck || args.Length == 0 || args.Any(part => row.ToString().Contains(part, StringComparison.OrdinalIgnoreCase))).ToList();
var wrong = isCheck ? Check() : ReplayAll();
Console.WriteLine($"{rows.Count} breaks {(isCheck ? "checked" : "replayed")}, {wrong} {(isCheck ? "do not fit" : "went unnoticed")}");
return wrong == 0 && rows.Count > 0 ? 0 : 1;

// A row that no longer fits would silently prove nothing.
int Check()
{
    var packages = Open(".");
    // By project: a test of another one would not be run.
    var texts = rows.Select(row => row.Tests).Distinct(StringComparer.Ordinal).ToDictionary(tests => tests, TextsOf, StringComparer.Ordinal);
    var misfits = rows.AsParallel().AsOrdered().Select(row => (Row: row, Wrong: WrongWith(row))).Where(misfit => misfit.Wrong is not null).ToList();
    foreach (var (row, what) in misfits)
        Console.WriteLine($"{what}: {row.Promise} ({row.Test}, {row.File})");

    return misfits.Count;

    string? WrongWith(Break row) => texts[row.Tests].Exists(row.IsTestedIn) ? packages[row.Package].Compile(row) : "no such test";
}

static List<string> TextsOf(string folder) => [.. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
    .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal)).Select(File.ReadAllText)];

int ReplayAll()
{
    var tree = Directory.CreateTempSubdirectory("breaks-").FullName;
    Command.Run(".", "git", ["worktree", "add", "--detach", "--force", tree]);
    try
    {
        foreach (var tests in rows.Select(row => row.Tests).Distinct(StringComparer.Ordinal))
        {
            if (Command.Run(tree, "dotnet", ["build", tests, "-f", "net10.0", "-v", "quiet", "-p:RunAnalyzers=false"]) is (not 0, var output))
                throw new InvalidOperationException($"{tests} does not build. {output}");
        }

        var packages = Open(tree);
        foreach (var tests in rows.GroupBy(row => Path.Combine(tree, row.Tests, Output), StringComparer.Ordinal))
        {
            foreach (var package in tests.Select(row => packages[row.Package]).Distinct())
                package.Emit(tests.Key);

            // A red test proves something only if it is green without the break.
            if (RunTests(tests.Key, tests, limit: null) is (not 0, var output))
                throw new InvalidOperationException($"The tests fail without a break. {output}");
        }

        var unnoticed = 0;
        foreach (var row in rows)
        {
            var verdict = Replay(row, Path.Combine(tree, row.Tests, Output), packages[row.Package]);
            unnoticed += verdict.StartsWith("red", StringComparison.Ordinal) ? 0 : 1;
            Console.WriteLine($"{verdict,-14} {row.Promise} ({row.Test})");
        }

        return unnoticed;
    }
    finally
    {
        Command.Run(".", "git", ["worktree", "remove", "--force", tree]);
    }
}

static string Replay(Break row, string folder, Package package)
{
    var built = new[] { $"{row.Package}.dll", $"{row.Package}.xml" }.Select(name => Path.Combine(folder, name)).ToDictionary(file => file, File.ReadAllBytes, StringComparer.Ordinal);
    try
    {
        if (package.Compile(row, folder) is { } wrong)
            return wrong;

        // The runner's exit codes: 0 green, 2 a test failed, 8 no test ran. A break that ends the process (128 and a signal) or hangs is noticed too.
        return RunTests(folder, [row], limit: TimeSpan.FromMinutes(2)).ExitCode switch
        {
            0 => "STILL GREEN",
            2 or > 128 => "red",
            8 => "NO TEST",
            null => "red: it hangs",
            var code => $"EXIT CODE {code}",
        };
    }
    finally
    {
        foreach (var (file, bytes) in built)
            File.WriteAllBytes(file, bytes);
    }
}

static (int? ExitCode, string Output) RunTests(string folder, IEnumerable<Break> rows, TimeSpan? limit) =>
    Command.Run(folder, Path.Combine(folder, Path.GetFileName(rows.First().Tests)), ["--no-ansi", "--filter", string.Join('|', rows.Select(row => $"({row.Filter})").Distinct(StringComparer.Ordinal))], limit);

Dictionary<string, Package> Open(string tree) => rows.Select(row => row.Package).Distinct(StringComparer.Ordinal).AsParallel()
    .ToDictionary(name => name, name => new Package(Path.GetFullPath(Path.Combine(tree, "src")), name), StringComparer.Ordinal);

/// <summary>The sources of a package for .NET 10, as its project compiles them.</summary>
internal sealed class Package
{
    private readonly string _sources;
    private readonly CSharpCompilation _written;
    private readonly Compilation _all;
    private readonly GeneratorDriver _generators;

    public Package(string sources, string name)
    {
        _sources = sources;
        var folder = Path.Combine(sources, name);
        var (exitCode, output) = Command.Run(folder, "dotnet", ["build", "-f", "net10.0", "--no-restore", "-t:Compile", "-p:BuildProjectReferences=false",
            "-p:SkipCompilerExecution=true", "-p:ProvideCommandLineArgs=true", "-p:NonExistentFile=none", "-getItem:CscCommandLineArgs"]);
        if (exitCode is not 0)
            throw new InvalidOperationException($"{name} must be built first. {output}");

        var arguments = JsonNode.Parse(output)!["Items"]!["CscCommandLineArgs"]!.AsArray().Select(item => (string)item!["Identity"]!);
        var line = CSharpCommandLineParser.Default.Parse(arguments, folder, sdkDirectory: null);
        var options = line.CompilationOptions.WithGeneralDiagnosticOption(ReportDiagnostic.Suppress).WithSpecificDiagnosticOptions([]);
        _written = CSharpCompilation.Create(name, line.SourceFiles.Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file.Path), line.ParseOptions, file.Path)),
            line.MetadataReferences.Select(reference => MetadataReference.CreateFromFile(reference.Reference, reference.Properties)), options);
        var analyzers = line.AnalyzerReferences.Select(reference => Path.GetFullPath(reference.FilePath)).ToList();
        var loader = new GeneratorLoader(analyzers);
        var generators = analyzers.SelectMany(file => new AnalyzerFileReference(file, loader).GetGenerators(LanguageNames.CSharp));
        _generators = CSharpGeneratorDriver.Create(generators, parseOptions: line.ParseOptions).RunGeneratorsAndUpdateCompilation(_written, out _all, out _);
        if (ErrorIn(_all.GetDiagnostics()) is { } error)
            throw new InvalidOperationException($"{name} must be built first. {error}");
    }

    /// <summary>Compiles the broken code, into a folder if one is named. The result is what is wrong with the row.</summary>
    public string? Compile(Break row, string? folder = null)
    {
        var path = Path.Combine(_sources, row.Path);
        var tree = _written.SyntaxTrees.FirstOrDefault(tree => tree.FilePath == path);
        var places = tree?.ToString().Split(row.Code).Length - 1;
        if (places is not 1)
            return places switch { null => "no such file", 0 => "the code is not there", _ => "the code is there more than once" };

        var broken = tree!.WithChangedText(SourceText.From(tree.ToString().Replace(row.Code, row.Broken, StringComparison.Ordinal)));
        // If no declaration changes, no other file is affected.
        if (folder is null && broken.IsEquivalentTo(tree, topLevel: true))
            return ErrorIn(_all.ReplaceSyntaxTree(tree, broken).GetSemanticModel(broken).GetDiagnostics());

        _generators.RunGeneratorsAndUpdateCompilation(_written.ReplaceSyntaxTree(tree, broken), out var all, out _);
        return folder is null ? ErrorIn(all.GetDiagnostics()) : Emit(all, folder);
    }

    /// <summary>Compiles the package as it is.</summary>
    public void Emit(string folder) => Emit(_all, folder);

    private static string? Emit(Compilation all, string folder)
    {
        using var assembly = File.Create(Path.Combine(folder, $"{all.AssemblyName}.dll"));
        using var documentation = File.Create(Path.Combine(folder, $"{all.AssemblyName}.xml"));
        return ErrorIn(all.Emit(assembly, xmlDocumentationStream: documentation).Diagnostics);
    }

    private static string? ErrorIn(IEnumerable<Diagnostic> diagnostics) => diagnostics.FirstOrDefault(diagnostic => diagnostic.Severity is DiagnosticSeverity.Error)?.ToString();
}

/// <summary>Loads the generators of one package, apart from those of others, which may need other versions.</summary>
internal sealed class GeneratorLoader(IEnumerable<string> files) : AssemblyLoadContext, IAnalyzerAssemblyLoader
{
    public void AddDependencyLocation(string fullPath)
    {
    }

    public Assembly LoadFromPath(string fullPath) => LoadFromAssemblyPath(fullPath);

    protected override Assembly? Load(AssemblyName assemblyName) =>
        files.FirstOrDefault(file => Path.GetFileNameWithoutExtension(file) == assemblyName.Name) is { } file ? LoadFromAssemblyPath(file) : null;
}

internal static class Command
{
    // A command that takes too long has no exit code.
    public static (int? ExitCode, string Output) Run(string directory, string command, string[] arguments, TimeSpan? limit = null)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = directory,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = new StringBuilder();
        process.OutputDataReceived += (_, line) => output.AppendLine(line.Data);
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var isInTime = process.WaitForExit(limit ?? Timeout.InfiniteTimeSpan);
        if (!isInTime)
            process.Kill(entireProcessTree: true);

        process.WaitForExit();
        return (isInTime ? process.ExitCode : null, output.ToString());
    }
}

internal sealed record Break(string Promise, string Test, string File, string Code, string Broken)
{
    private const string Library = "Apiax.Http.Handlers";
    private const string Tool = "Apiax.Cli";
    private const string Redis = "Apiax.Http.Handlers.Redis";

    // Paths are those of the library; another package's begin with its name.
    public string Path => File.StartsWith("Apiax.", StringComparison.Ordinal) ? File : $"{Library}/{File}";

    public string Package => Path.Split('/')[0];

    public string Tests => System.IO.Path.Combine("test", Package switch
    {
        Tool => $"{Tool}.Tests",
        Redis => $"{Redis}Tests",
        _ => $"{Library}.Tests",
    });

    // The full name of a test in a fixture with parameters has the arguments between the two names.
    public string Filter => string.Join('&', Test.Split('.').Select(name => $"FullyQualifiedName~{name}"));

    public bool IsTestedIn(string text) => Test.Split('.') is var names
        && text.Contains($"class {names[Math.Max(0, names.Length - 2)]}", StringComparison.Ordinal) && (names.Length == 1 || text.Contains($" {names[^1]}(", StringComparison.Ordinal));

    public static Break? Parse(string line)
    {
        var cells = Regex.Split(line, @"(?<!\\)\|", RegexOptions.None, TimeSpan.FromSeconds(1)).Select(cell => cell.Replace("\\|", "|", StringComparison.Ordinal).Trim()).ToArray();
        return cells is ["", var promise, var test, var file, var code, var broken, ""] && file.Trim('`').EndsWith(".cs", StringComparison.Ordinal)
            ? new Break(promise, test.Trim('`'), file.Trim('`'), Unquoted(code), Unquoted(broken))
            : null;
    }

    private static string Unquoted(string cell) => cell.Length > 1 && cell[0] == '`' ? cell[1..^1] : cell;
}
