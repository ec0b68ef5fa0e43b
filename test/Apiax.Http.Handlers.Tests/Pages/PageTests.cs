using Apiax.Http.Handlers.Testing;

namespace Apiax.Http.Handlers.Tests.Pages;

/// <summary>Every C# block of every page works unchanged: it is the source of a sample, or a program that is compiled and run here.</summary>
[TestFixture]
internal sealed class PageTests
{
    private static IEnumerable<TestCaseData> Programs => Page.All.Where(page => page != "docs/getting-started.md")
        .SelectMany(page => Page.Blocks(page).Select((block, index) => (Block: block, Name: $"{page}, block {index + 1}")))
        .Where(program => !Page.Samples.Contains(program.Block, StringComparer.Ordinal))
        .Select(program => new TestCaseData(program.Block).SetArgDisplayNames(program.Name));

    [TestCaseSource(nameof(Programs))]
    public async Task A_code_block_of_a_page_works_unchanged(string block)
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        apiax.StubApi("/rules", """["one rule"]""");
        using var program = new PageProgram(apiax);
        var written = await program.RunAsync(block);

        // Some have their own sandbox.
        Assert.That((apiax.Logins, apiax.UnauthorizedCalls), Is.EqualTo((block.Contains(nameof(ApiaxSandbox), StringComparison.Ordinal) ? 0 : 1, 0)), written);
        Assert.That(written.Contains("one rule", StringComparison.Ordinal), Is.EqualTo(apiax.ApiCalls > 0), written);
    }

    [Test]
    public void Every_link_to_another_page_leads_somewhere()
    {
        var broken = Page.All.Concat(["SECURITY.md", "CONTRIBUTING.md", "test/README.md"]).SelectMany(page => Page.Links(page).Where(link => !Page.IsThere(page, link)), (page, link) => $"{page}: {link}");

        Assert.That(broken, Is.Empty);
    }
}
