using System.Text.RegularExpressions;

namespace Apiax.Http.Handlers.Tests.Readme;

/// <summary>Every C# block of the README stands, word for word, in <see cref="ReadmeExamples"/>, which runs it.</summary>
[TestFixture]
internal sealed partial class ReadmeTests
{
    [TestCaseSource(nameof(Blocks))]
    public void A_block_of_the_readme_is_a_test(string block)
    {
        var examples = Regions().Matches(Read("ReadmeExamples.cs")).Select(region => Trimmed(region.Groups["code"].Value)).ToList();

        Assert.That(examples, Has.Count.EqualTo(Blocks().Count()));
        Assert.That(examples, Has.One.EqualTo(ForTheSandbox(Trimmed(block))));
    }

    private static IEnumerable<string> Blocks() => CSharpBlocks().Matches(Read("README.md")).Select(block => block.Groups["code"].Value);

    /// <summary>The one thing that differs: the examples talk to the sandbox.</summary>
    private static string ForTheSandbox(string code) => code
        .Replace("\"https://api.apiax.io/rules\"", "url", StringComparison.Ordinal)
        .Replace("new Uri(\"https://api.apiax.io/\")", "apiax.BaseAddress", StringComparison.Ordinal);

    private static string Trimmed(string code)
    {
        var lines = code.Replace("\r", "", StringComparison.Ordinal).Trim('\n').Split('\n');
        var indent = lines.Where(line => line.Trim().Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length < indent ? "" : line[indent..].TrimEnd())).Trim();
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "Readme", file));

    [GeneratedRegex("```csharp\r?\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CSharpBlocks();

    [GeneratedRegex("#region README\r?\n(?<code>.*?)#endregion", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Regions();
}
