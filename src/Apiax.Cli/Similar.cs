using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>Finds the name that was probably meant.</summary>
internal static class Similar
{
    /// <returns>The most similar known name; null if none is similar.</returns>
    public static string? To(string written, IEnumerable<string> known) => known
        .Select(name => (Name: name, Distance: EditDistance.Between(written, name)))
        .Where(candidate => candidate.Distance <= Math.Max(1, candidate.Name.Length / 4))
        .OrderBy(candidate => candidate.Distance)
        .Select(candidate => candidate.Name)
        .FirstOrDefault();
}
