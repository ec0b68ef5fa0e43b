namespace Apiax.Http.Handlers.Tests.Architecture;

/// <summary>Which folder may depend on which: each can be read, tested and changed without those above it.</summary>
[TestFixture]
internal sealed class FolderDependencyTests
{
    private const string Root = "";

    private static readonly SourceTypes Sources = new(typeof(ApiaxAuthOptions).Assembly);

    // From the top down. The protocol (TokenEndpoint) and the handler (the root) do not depend on each other: Tokens is between them.
    private static readonly (string Folder, string[] DependsOn)[] Allowed =
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
        var wanted = Allowed.SelectMany(allowed => allowed.DependsOn, (allowed, other) => (From: allowed.Folder, To: other)).ToList();
        var found = Sources.All.SelectMany(
            type => References.Of(type).Where(other => Sources.FolderOf(other) is not null), (type, other) => (From: type, To: other)).ToLookup(
            reference => (From: Sources.FolderOf(reference.From)!, To: Sources.FolderOf(reference.To)!), reference => $"{reference.From.FullName} uses {reference.To.Name}");

        Assert.Multiple(() =>
        {
            foreach (var dependency in found.Where(dependency => dependency.Key.From != dependency.Key.To))
                Assert.That(wanted, Does.Contain(dependency.Key), $"{Name(dependency.Key.From)} must not depend on {Name(dependency.Key.To)}:\n{string.Join('\n', dependency.Distinct(StringComparer.Ordinal))}\n");

            foreach (var dependency in wanted)
                Assert.That(found.Contains(dependency), $"{Name(dependency.From)} does not depend on {Name(dependency.To)}: remove this dependency from the list.");
        });
    }

    [Test]
    public void Every_folder_has_its_place() =>
        Assert.That(Sources.All.Select(Sources.FolderOf).Distinct(StringComparer.Ordinal), Is.EquivalentTo(Allowed.Select(allowed => allowed.Folder)));

    [Test]
    public void The_documented_dependencies_have_no_cycle()
    {
        var folders = Allowed.Select(allowed => allowed.Folder).ToList();
        foreach (var (folder, others) in Allowed)
            Assert.That(others, Is.SubsetOf(folders.Skip(folders.IndexOf(folder) + 1)));
    }

    private static string Name(string folder) => folder == Root ? "the root folder" : folder;
}
