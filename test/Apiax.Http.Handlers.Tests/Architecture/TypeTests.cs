using System.Reflection;
using System.Xml.Linq;
using Apiax.Http.Handlers.Redis;
using Apiax.Http.Handlers.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers.Tests.Architecture;

/// <summary>Rules for every type of a package.</summary>
[TestFixture(typeof(ApiaxAuthOptions))]
[TestFixture(typeof(ApiaxSandbox))]
[TestFixture(typeof(ApiaxAuthHealthChecksBuilderExtensions))]
[TestFixture(typeof(ApiaxRedisTokenStoreOptions))]
internal sealed class TypeTests(Type member)
{
    // A type that is added here is visible to every user, and cannot be removed later.
    private static readonly Dictionary<string, string[]> Public = new(StringComparer.Ordinal)
    {
        ["Apiax.Http.Handlers"] =
        [
            nameof(ApiaxAccessToken), nameof(ApiaxAccessTokenProvider), nameof(ApiaxAccessTokens), nameof(ApiaxAccounts), nameof(ApiaxAccountState),
            nameof(ApiaxAccountStatus), nameof(ApiaxAuthDefaults), nameof(ApiaxAuthDiagnostics), nameof(ApiaxAuthException), nameof(ApiaxAuthFailure), nameof(ApiaxAuthHttpClientBuilderExtensions), nameof(ApiaxAuthOptions),
            nameof(ApiaxAuthServiceCollectionExtensions), nameof(ApiaxCredentials), nameof(ApiaxCredentialsRequest), nameof(BearerTokenHandler), nameof(IApiaxAccessTokenProvider),
            nameof(IApiaxCredentialsProvider), nameof(ITokenStore), nameof(TokenStoreBegin), nameof(TokenStoreCommit), nameof(TokenStoreEntry), nameof(TokenStoreTurn),
        ],
        ["Apiax.Http.Handlers.Hosting"] = [nameof(ApiaxAuthHealthChecksBuilderExtensions), nameof(ApiaxAuthHostingServiceCollectionExtensions)],
        ["Apiax.Http.Handlers.Redis"] = [nameof(ApiaxRedisServiceCollectionExtensions), nameof(ApiaxRedisTokenStoreOptions)],
        ["Apiax.Http.Handlers.Testing"] =
        [
            nameof(ApiaxSandbox), nameof(ApiaxSandboxOptions), nameof(InMemoryTokenStore), nameof(SandboxClientKind), nameof(SandboxExpiry), nameof(SandboxTokenOutcome), nameof(SandboxTokenRequest),
            nameof(TokenStoreCheck), nameof(TokenStoreContract),
        ],
    };

    private readonly Assembly _package = member.Assembly;
    private readonly string _name = member.Assembly.GetName().Name!;
    private readonly SourceTypes _sources = new(member.Assembly);

    [Test]
    public void A_public_type_is_on_the_list() => Assert.That(_package.GetExportedTypes().Select(type => type.Name), Is.EquivalentTo(Public[_name]));

    [Test]
    public void Types_that_are_not_base_classes_are_sealed() =>
        Assert.That(_sources.Written.Where(type => !type.IsSealed && !type.IsAbstract), Is.Empty);

    /// <summary>Only the registration methods are in another namespace, where an application that writes <c>services.</c> finds them.</summary>
    [Test]
    public void A_package_is_one_namespace()
    {
        Type[] registrations =
        [
            typeof(ApiaxAuthServiceCollectionExtensions), typeof(ApiaxAuthHttpClientBuilderExtensions),
            typeof(ApiaxAuthHealthChecksBuilderExtensions), typeof(ApiaxAuthHostingServiceCollectionExtensions),
            typeof(ApiaxRedisServiceCollectionExtensions),
        ];

        Assert.Multiple(() =>
        {
            Assert.That(_sources.Written.Except(registrations).Select(type => type.Namespace).Distinct(StringComparer.Ordinal), Is.EqualTo([_name]));
            Assert.That(registrations.Select(type => type.Namespace), Is.All.EqualTo("Microsoft.Extensions.DependencyInjection"));
        });
    }

    /// <summary>The compiler checks that there is a text; this test checks that it says something.</summary>
    [Test]
    public void A_public_type_is_documented()
    {
        var documentation = XDocument.Load(Path.ChangeExtension(_package.Location, ".xml")).Descendants("member")
            .ToDictionary(entry => entry.Attribute("name")!.Value, entry => entry.Element("summary")?.Value.Trim(), StringComparer.Ordinal);

        Assert.That(_package.GetExportedTypes().Where(type => string.IsNullOrEmpty(documentation.GetValueOrDefault("T:" + type.FullName))), Is.Empty);
    }

    [Test]
    public void Every_type_is_found_in_a_source_file() =>
        Assert.That(_package.GetTypes().Where(type => !type.IsNested && !IsGenerated(type)).Except(_sources.Written), Is.Empty);

    private static bool IsGenerated(Type type) =>
        type.Name.Contains('<', StringComparison.Ordinal) || type.Name.StartsWith("__", StringComparison.Ordinal) || type.Namespace is null ||
        type.CustomAttributes.Any(attribute => attribute.AttributeType.Name is "CompilerGeneratedAttribute" or "GeneratedCodeAttribute" or "EmbeddedAttribute");
}
