using System.Reflection;
using System.Text.RegularExpressions;
using Apiax.Http.Handlers.Tests.Surface;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Apiax.Http.Handlers.Tests.Operations;

/// <summary>The operations page names exactly the metrics, spans, events and states of the code.</summary>
[TestFixture]
internal sealed partial class OperationsPageTests
{
    private static readonly string Page = File.ReadAllText(Repository.PathOf("OPERATIONS.md"));

    [Test]
    public void Every_metric_span_and_attribute_is_there_and_no_other()
    {
        var sources = Directory.EnumerateFiles(Repository.PathOf("src", "Apiax.Http.Handlers"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

        Assert.That(
            Names(Page, '`'),
            Is.EquivalentTo(sources.SelectMany(file => Names(File.ReadAllText(file), '"')).Distinct(StringComparer.Ordinal)));
    }

    [Test]
    public void Every_event_is_there_and_no_other() => Assert.That(
        Events().Matches(Page).Select(row => $"{row.Groups["id"].Value} {row.Groups["name"].Value}"),
        Is.EqualTo(LogEventTests.Messages.Select(message => $"{message.EventId} {message.EventName}")));

    [Test]
    public void Every_value_of_a_tag_is_there_and_no_other()
    {
        var outcomes = typeof(UnauthorizedOutcome).GetFields(BindingFlags.Static | BindingFlags.Public).Select(field => field.GetRawConstantValue());
        var errors = Enum.GetValues<ApiaxAuthFailure>().Select(reason => new ApiaxAuthException(reason, "").Kind).Append("refresh_refused");

        Assert.Multiple(() =>
        {
            Assert.That(FirstColumn("apiax.auth.outcome"), Is.EquivalentTo(outcomes));
            Assert.That(FirstColumn("apiax.auth.state"), Is.EquivalentTo(AccountReading.States));
            Assert.That(FirstColumn("error.type"), Is.EquivalentTo(errors));
        });
    }

    [Test]
    public void Every_health_state_and_all_its_data_are_there_and_no_other()
    {
        var check = File.ReadAllText(Repository.PathOf("src", "Apiax.Http.Handlers.Hosting", "AccountsHealthCheck.cs"));

        Assert.Multiple(() =>
        {
            Assert.That(FirstColumn("status", quote: ""), Is.EquivalentTo(Enum.GetNames<HealthStatus>()));
            Assert.That(FirstColumn("data", quote: ""), Is.EquivalentTo(HealthData().Matches(check).Select(entry => entry.Groups["name"].Value)));
        });
    }

    /// <summary>The names in the first column of the table that is headed so.</summary>
    private static IEnumerable<string> FirstColumn(string head, string quote = "`")
    {
        var table = Page[Page.IndexOf($"\n| {quote}{head}{quote} | meaning", StringComparison.Ordinal)..].TrimStart().Split("\n\n")[0];
        return FirstCells().Matches(table).Select(cell => cell.Groups["name"].Value).Where(name => name != head);
    }

    private static IEnumerable<string> Names(string text, char quote) =>
        Regex.Matches(text, $"{quote}(?<name>apiax\\.auth\\.[a-z_.]*[a-z]){quote}", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5))
            .Select(match => match.Groups["name"].Value).Distinct(StringComparer.Ordinal);

    [GeneratedRegex(@"\(""(?<name>[a-z_]+)"", account\.", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HealthData();

    [GeneratedRegex(@"^\| (?<id>\d+) \| `(?<name>\w+)` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Events();

    [GeneratedRegex(@"^\| `(?<name>[\w.]+)` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FirstCells();
}
