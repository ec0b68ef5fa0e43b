using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Apiax.Http.Handlers.IntegrationTests.Monitoring;

/// <summary>The series that Prometheus would have stored: each scrape has the exporter's output, with a time 15 seconds after the previous one.</summary>
/// <remarks>The test does not wait between scrapes, so an outage of ten minutes takes only as long as forty scrapes.</remarks>
internal sealed partial class TimeLapse(HttpClient exporter)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly SortedDictionary<string, SortedDictionary<int, string>> _series = new(StringComparer.Ordinal);
    private int _scrapes;

    /// <summary>The time of the next scrape.</summary>
    public TimeSpan Now => Interval * _scrapes;

    public async Task ScrapeAsync(int times = 1)
    {
        for (var scrape = 0; scrape < times; scrape++)
        {
            foreach (var sample in Samples().Matches(await exporter.GetStringAsync("metrics")).Cast<Match>())
            {
                var series = $"{sample.Groups["name"].Value}{{{Scope().Replace(sample.Groups["labels"].Value, "")}}}";
                if (!_series.TryGetValue(series, out var values))
                    _series[series] = values = [];

                values[_scrapes] = sample.Groups["value"].Value;
            }

            _scrapes++;
        }
    }

    /// <summary>The input of <c>promtool test rules</c>.</summary>
    /// <param name="rules">The file with the rules.</param>
    /// <param name="expected">Whether an alert fires, and with what labels and texts.</param>
    public string ToRuleTest(string rules, IEnumerable<(TimeSpan At, string Alert, string? Fires)> expected)
    {
        var test = new StringBuilder().Append(CultureInfo.InvariantCulture, $"rule_files: ['{rules}']\nevaluation_interval: 15s\ntests:\n  - interval: 15s\n    input_series:\n");
        foreach (var (series, values) in _series)
            test.Append(CultureInfo.InvariantCulture, $"      - series: '{series}'\n        values: '{string.Join(' ', Enumerable.Range(0, _scrapes).Select(at => values.GetValueOrDefault(at, "_")))}'\n");

        test.Append("    alert_rule_test:\n");
        foreach (var (at, alert, fires) in expected)
            test.Append(CultureInfo.InvariantCulture, $"      - eval_time: {at.TotalSeconds}s\n        alertname: {alert}\n        exp_alerts: [{(fires is null ? "" : $"{{{fires}}}")}]\n");

        return test.ToString();
    }

    // The histograms' buckets are left out: no rule reads them.
    [GeneratedRegex(@"^(?<name>apiax_auth_\w+(?<!_bucket))\{(?<labels>[^}]*)\} (?<value>\S+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Samples();

    [GeneratedRegex(@"otel_scope_\w+=""[^""]*"",?", RegexOptions.None, 1000)]
    private static partial Regex Scope();
}
