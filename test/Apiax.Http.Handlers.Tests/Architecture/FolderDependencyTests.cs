namespace Apiax.Http.Handlers.Tests.Architecture;

/// <summary>Which folder may depend on which: each can be read, tested and changed without those above it.</summary>
[TestFixture]
internal sealed class ArrowTests
{
    private const string Root = "";

    private static readonly SourceTypes Sources = new(typeof(ApiaxAuthOptions).Assembly);

    // From the top down. The protocol (TokenEndpoint) and the handler (the root) do not depend on each other: Tokens is between them.
    private static readonly (string Folder, string[] Knows)[] Arrows =
    [
        ("DependencyInjection", ["Accounts", "Tokens", "Options", "Diagnostics"]),
        ("Accounts", [Root, "Requests", "Replicas", "TokenEndpoint", "Tokens", "Options", "Diagnostics"]),
        (Root, ["Requests", "Tokens", "Options", "Diagnostics"]),
        ("Requests", ["Tokens", "Options", "Diagnostics"]),
        ("Replicas", ["TokenEndpoint", "Tokens", "Options", "Diagnostics"]),
        ("TokenEndpoint", ["Tokens", "Options", "Diagnostics"]),
        ("Tokens", ["Diagnostics"]),
        ("Options", []),
        ("Diagnostics", []),
    ];

    [Test]
    public void The_folders_have_only_the_documented_dependencies()
    {
        var wanted = Arrows.SelectMany(arrow => arrow.Knows, (arrow, known) => (From: arrow.Folder, To: known)).ToList();
        var found = Sources.All.SelectMany(
            type => References.Of(type).Where(known => Sources.FolderOf(known) is not null), (type, known) => (From: type, To: known)).ToLookup(
            reference => (From: Sources.FolderOf(reference.From)!, To: Sources.FolderOf(reference.To)!), reference => $"{reference.From.FullName} knows {reference.To.Name}");

        Assert.Multiple(() =>
        {
            foreach (var arrow in found.Where(arrow => arrow.Key.From != arrow.Key.To))
                Assert.That(wanted, Does.Contain(arrow.Key), $"{Name(arrow.Key.From)} must not know {Name(arrow.Key.To)}:\n{string.Join('\n', arrow.Distinct(StringComparer.Ordinal))}\n");

            foreach (var arrow in wanted)
                Assert.That(found.Contains(arrow), $"{Name(arrow.From)} does not need to know {Name(arrow.To)}: take the arrow out.");
        });
    }

    [Test]
    public void Every_folder_has_its_place() =>
        Assert.That(Sources.All.Select(Sources.FolderOf).Distinct(StringComparer.Ordinal), Is.EquivalentTo(Arrows.Select(arrow => arrow.Folder)));

    [Test]
    public void The_documented_dependencies_have_no_cycle()
    {
        var folders = Arrows.Select(arrow => arrow.Folder).ToList();
        foreach (var (folder, knows) in Arrows)
            Assert.That(knows, Is.SubsetOf(folders.Skip(folders.IndexOf(folder) + 1)));
    }

    private static string Name(string folder) => folder == Root ? "the root folder" : folder;
}
