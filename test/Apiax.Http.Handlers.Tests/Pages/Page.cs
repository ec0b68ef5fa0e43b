using System.Text.RegularExpressions;

namespace Apiax.Http.Handlers.Tests.Pages;

/// <summary>The pages that users read, and the C# blocks on them.</summary>
internal static partial class Page
{
    /// <summary>Every page with blocks, except the one that <c>.ci/try-quick-starts</c> runs.</summary>
    public static IEnumerable<string> All =>
        new[] { "README.md", "OPERATIONS.md" }
            .Concat(Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md"))
            .Concat(Directory.EnumerateFiles(Repository.PathOf("src"), "*.md", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Repository.Root, Repository.PathOf(path)).Replace('\\', '/'))
            .Where(path => !path.Contains("/bin/", StringComparison.Ordinal) && !path.Contains("/obj/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    public static string Read(string page) => File.ReadAllText(Repository.PathOf(page)).ReplaceLineEndings("\n");

    public static IEnumerable<string> Blocks(string page) => CSharp().Matches(Read(page)).Select(block => block.Groups["code"].Value);

    /// <summary>The sources of the samples, which are compiled with the solution and run by their own tests.</summary>
    public static IReadOnlyList<string> Samples { get; } = Directory.Exists(Repository.PathOf("test", "Samples"))
        ? [.. Directory.EnumerateFiles(Repository.PathOf("test", "Samples"), "*.cs", SearchOption.AllDirectories).Select(file => File.ReadAllText(file).ReplaceLineEndings("\n"))]
        : [];

    /// <summary>Links to other files and to headings.</summary>
    public static IEnumerable<string> Links(string page) =>
        Link().Matches(Read(page)).Select(link => link.Groups["to"].Value).Where(link => !link.Contains("://", StringComparison.Ordinal));

    public static bool IsThere(string page, string link)
    {
        var (file, heading) = link.Split('#') is [var first, var second] ? (first, second) : (link, "");
        var path = file.Length == 0 ? Repository.PathOf(page) : Path.Combine(Path.GetDirectoryName(Repository.PathOf(page))!, file);
        return File.Exists(path) && (heading.Length == 0 || File.ReadLines(path).Any(line => line.StartsWith('#') && Anchor(line) == heading));
    }

    // As the host of the pages creates them.
    private static string Anchor(string heading) =>
        string.Concat(heading.TrimStart('#').Trim().ToLowerInvariant().Where(character => char.IsLetterOrDigit(character) || character is ' ' or '-')).Replace(' ', '-');

    [GeneratedRegex(@"\]\((?<to>[^)\s]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();

    [GeneratedRegex("^```csharp[^\n]*\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CSharp();
}
