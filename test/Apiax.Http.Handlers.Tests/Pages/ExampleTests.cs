using System.Reflection;
using System.Xml.Linq;
using Apiax.Http.Handlers.Testing;

namespace Apiax.Http.Handlers.Tests.Pages;

/// <summary>Every registration method has an example in its XML documentation, as it is shipped, and the example works.</summary>
[TestFixture]
internal sealed class ExampleTests
{
    private const string Namespace = "Microsoft.Extensions.DependencyInjection";

    private static readonly string[] Libraries = ["Apiax.Http.Handlers", "Apiax.Http.Handlers.Hosting", "Apiax.Http.Handlers.Redis"];

    private static IEnumerable<TestCaseData> Methods => Libraries.SelectMany(library =>
    {
        var methods = Assembly.Load(library).GetExportedTypes().Where(type => type.Namespace == Namespace).SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public));
        var names = methods.Select(method => $"M:{method.DeclaringType!.FullName}.{method.Name}(").ToHashSet(StringComparer.Ordinal);
        return XDocument.Load(Path.Combine(AppContext.BaseDirectory, $"{library}.xml")).Descendants("member")
            .Select(member => (Name: member.Attribute("name")!.Value, Code: member.Element("example")?.Element("code")?.Value ?? ""))
            .Where(member => names.Contains(member.Name[..(member.Name.IndexOf('(', StringComparison.Ordinal) + 1)]))
            .Select(member => new TestCaseData(member.Code).SetArgDisplayNames(member.Name[$"M:{Namespace}.".Length..]));
    });

    [TestCaseSource(nameof(Methods))]
    public async Task An_example_in_the_documentation_of_a_registration_method_works(string code)
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        apiax.StubApi("/rules", """["one rule"]""");
        using var program = new PageProgram(apiax);

        var written = await program.RunAsync($"""
            using Microsoft.AspNetCore.DataProtection;
            using Microsoft.Extensions.DependencyInjection;
            using Microsoft.Extensions.Hosting;
            using StackExchange.Redis;

            var builder = Host.CreateApplicationBuilder(args);
            {code}
            using var host = builder.Build();
            await host.StartAsync();
            Console.WriteLine(await host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("rules").GetStringAsync("https://api.apiax.io/rules"));
            await host.StopAsync();
            """);

        Assert.That((apiax.Logins, apiax.UnauthorizedCalls), Is.EqualTo((1, 0)), written);
        Assert.That(written, Does.Contain("one rule"));
    }
}
