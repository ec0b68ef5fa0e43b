namespace Apiax.Http.Handlers.Tests;

/// <summary>The sources that these tests were built from.</summary>
internal static class Repository
{
    // Searched on the disk: a deterministic build does not contain the path of its sources.
    public static string Root { get; } = FindRoot();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Apiax.Http.Handlers.sln")))
            folder = folder.Parent;

        return folder?.FullName ?? throw new InvalidOperationException("These tests run inside a checkout: no solution above " + AppContext.BaseDirectory);
    }
}
