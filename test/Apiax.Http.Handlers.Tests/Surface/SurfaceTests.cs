using Apiax.Http.Handlers.Redis;
using Apiax.Http.Handlers.Testing;
using Microsoft.Extensions.DependencyInjection;
using PublicApiGenerator;

namespace Apiax.Http.Handlers.Tests.Surface;

/// <summary>The public surface is in a file next to this one, so that it is never changed unnoticed.</summary>
[TestFixture]
internal sealed class SurfaceTests
{
    /// <summary>One file for all frameworks: an application that moves to a newer .NET finds the same types.</summary>
    [TestCase(typeof(ApiaxAuthOptions))]
    [TestCase(typeof(ApiaxSandbox))]
    [TestCase(typeof(ApiaxAuthHealthChecksBuilderExtensions))]
    [TestCase(typeof(ApiaxRedisTokenStoreOptions))]
    public async Task The_public_surface_is_the_one_on_file(Type member)
    {
        var package = member.Assembly;
        var file = package.GetName().Name + ".txt";
        var accepted = Repository.PathOf("test", "Apiax.Http.Handlers.Tests", "Surface", file);
        var found = Path.Combine(AppContext.BaseDirectory, file);
        var before = File.Exists(accepted) ? await File.ReadAllLinesAsync(accepted) : [];

        // Without the empty list, the generator leaves out Microsoft.*, where the registration methods are.
        var surface = package.GeneratePublicApi(new ApiGeneratorOptions { DenyNamespacePrefixes = [], IncludeAssemblyAttributes = false });
        await File.WriteAllTextAsync(found, surface.ReplaceLineEndings("\n").TrimEnd() + "\n");
        var now = await File.ReadAllLinesAsync(found);

        Assert.That(now, Is.EqualTo(before), $"""
            The public surface of {package.GetName().Name} is not the one on file:

            {string.Join('\n', before.Except(now, StringComparer.Ordinal).Select(line => "- " + line).Concat(now.Except(before, StringComparer.Ordinal).Select(line => "+ " + line)))}

            If users shall have this change, accept it, and say in CHANGELOG.md what it means to them:

                cp "{found}" "{accepted}"

            """);
    }
}
