using System.Reflection;
using System.Text.RegularExpressions;

namespace Apiax.Http.Handlers.Tests.Architecture;

/// <summary>The types that a package's sources declare, and the folder of each: all folders share one namespace, so only the files show the folder.</summary>
internal sealed partial class SourceTypes
{
    private readonly Assembly _package;
    private readonly Dictionary<string, string> _folders = [];

    public SourceTypes(Assembly package)
    {
        _package = package;
        var root = Repository.PathOf("src", package.GetName().Name!);
        foreach (var file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories))
        {
            var folder = Path.GetDirectoryName(Path.GetRelativePath(root, file))!.Replace('\\', '/');
            if (folder.Split('/')[0] is "bin" or "obj")
                continue;

            foreach (var declaration in Declarations().Matches(File.ReadAllText(file)).Cast<Match>())
                _folders[declaration.Groups["name"].Value] = folder;
        }
    }

    /// <summary>All of them, with the types that the compiler nests in them, for example for the body of an async method.</summary>
    public IEnumerable<Type> All => _package.GetTypes().Where(type => FolderOf(type) is not null);

    /// <summary>Those in the sources, without the compiler's.</summary>
    public IEnumerable<Type> Written => All.Where(type => !type.Name.Contains('<', StringComparison.Ordinal));

    /// <summary>The folder below the package's own, empty for the package's own; null for a type that no source file declares.</summary>
    public string? FolderOf(Type type)
    {
        while (type.DeclaringType is { } outer)
            type = outer;

        return type.Assembly == _package ? _folders.GetValueOrDefault(type.Name.Split('`')[0]) : null;
    }

    // At the start of a line: nested types are indented, and are in the file of their outermost type.
    [GeneratedRegex(@"^(?:(?:public|internal|file|sealed|static|abstract|partial|readonly|ref)\s+)+(?:class|record\s+struct|record|struct|interface|enum|delegate\s+[\w<>?,\s]+?)\s+(?<name>\w+)",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Declarations();
}
