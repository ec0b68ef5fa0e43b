using System.Diagnostics;
using System.Text.RegularExpressions;
using Apiax.Http.Handlers.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Apiax.Http.Handlers.IntegrationTests.Monitoring;

/// <summary>The alert rules in the package, run by Prometheus' own tool on what the OpenTelemetry exporter writes during failures.</summary>
[TestFixture]
internal sealed partial class AlertRuleTests
{
    private static readonly string Rules = Path.Combine(AppContext.BaseDirectory, "monitoring", "apiax-alerts.yml");

    private static readonly string[] Alerts = [.. AlertNames().Matches(File.ReadAllText(Rules)).Select(match => match.Groups["name"].Value)];

    // The expected labels and the summary of each alert, by its name.
    private static readonly Dictionary<string, string> Texts = new(StringComparer.Ordinal)
    {
        ["ApiaxNoToken"] = "exp_labels: {apiax_auth_account: rules, apiax_auth_state: ok, severity: critical}, exp_annotations: {summary: 'Calls to Apiax fail: rules has no access token.'}",
        ["ApiaxCredentialsRejected"] = "exp_labels: {apiax_auth_account: rules, severity: critical}, exp_annotations: {summary: 'The token endpoint rejects the password of rules, or its user is locked.'}",
        ["ApiaxTokenRevoked"] = "exp_labels: {apiax_auth_account: rules, apiax_auth_outcome: replaced, severity: info}, exp_annotations: {summary: 'An API rejected a token of rules, and it was replaced. If often: find out who revokes tokens or ends sessions.'}",
    };

    private ApiaxSandbox _apiax = null!;
    private ServiceProvider _services = null!;
    private MeterProvider _meters = null!;
    private HttpClient _exporter = null!;
    private HttpClient _rules = null!;
    private TimeLapse _lapse = null!;
    private List<(TimeSpan At, string Alert, bool Fires)> _expected = null!;
    private ConfigurationManager _configuration = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _apiax = await ApiaxSandbox.StartAsync(new ApiaxSandboxOptions { TokenLifetime = TimeSpan.FromSeconds(4) });
        _apiax.StubApi("/rules");
        var port = FreePort.Next();
        _meters = Sdk.CreateMeterProviderBuilder()
            .AddMeter(ApiaxAuthDiagnostics.MeterName)
            .AddPrometheusHttpListener(options => (options.Host, options.Port, options.ScrapeResponseCacheDurationMilliseconds) = ("127.0.0.1", port, 0))
            .Build();
        _exporter = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };

        _expected = [];
        _configuration = new ConfigurationManager();
        _configuration["Apiax:TokenEndpoint"] = _apiax.TokenEndpoint.ToString();
        _configuration["Apiax:Username"] = _apiax.Username;
        _configuration["Apiax:Password"] = _apiax.Password;
        _configuration["Apiax:ApiHosts:0"] = _apiax.BaseAddress.Authority;
        _configuration["Apiax:AttemptTimeout"] = "00:00:01";
        // Long enough for the second try of a rejected password, which comes after a pause of up to 10 seconds.
        _configuration["Apiax:TokenTimeout"] = "00:00:15";

        var services = new ServiceCollection();
        services.AddHttpClient("rules", http => http.BaseAddress = _apiax.BaseAddress).AddApiaxAuth(_configuration.GetSection("Apiax"));
        _services = services.BuildServiceProvider();
        _rules = _services.GetRequiredService<IHttpClientFactory>().CreateClient("rules");
        _lapse = new TimeLapse(_exporter);

        await CallAsync();
        await _lapse.ScrapeAsync(times: 8);
    }

    [TearDown]
    public async Task StopAsync()
    {
        _rules.Dispose();
        _exporter.Dispose();
        _meters.Dispose();
        await _services.DisposeAsync();
        _configuration.Dispose();
        await _apiax.DisposeAsync();
    }

    [Test]
    public async Task An_outage_raises_no_token_and_ends_with_it()
    {
        _apiax.FailTokenRequests(503, times: 1000);
        await UntilAsync(calls: false);
        await _lapse.ScrapeAsync(times: 8);
        Expect("ApiaxNoToken");

        _apiax.ClearFaults();
        await UntilAsync(calls: true);
        await EndAsync();
    }

    [Test]
    public async Task A_wrong_password_raises_credentials_rejected_and_no_token()
    {
        _apiax.ChangePassword("another");
        _apiax.EndSessions();
        await UntilAsync(calls: false);
        await _lapse.ScrapeAsync(times: 8);
        Expect("ApiaxNoToken", "ApiaxCredentialsRejected");

        _configuration["Apiax:Password"] = "another";
        ((IConfigurationRoot)_configuration).Reload();
        await UntilAsync(calls: true);
        await EndAsync();
    }

    [Test]
    public async Task A_revoked_token_raises_only_token_revoked()
    {
        _apiax.RevokeAccessTokens();
        await CallAsync();
        await _lapse.ScrapeAsync(times: 8);
        Expect("ApiaxTokenRevoked");

        await EndAsync();
    }

    [Test]
    public async Task The_dashboard_reads_what_the_exporter_writes()
    {
        _apiax.RevokeAccessTokens();
        await CallAsync();
        _apiax.FailTokenRequests(503, times: 1000);
        await UntilAsync(calls: false);
        var written = Names(await _exporter.GetStringAsync("metrics"));

        Assert.That(Names(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "monitoring", "apiax-dashboard.json"))), Has.Count.AtLeast(10).And.SubsetOf(written));

        static IReadOnlyCollection<string> Names(string text) => [.. MetricNames().Matches(text).Select(match => match.Value).Distinct(StringComparer.Ordinal)];
    }

    [Test]
    public async Task A_refresh_that_fails_raises_its_alert_before_a_token_of_half_an_hour_expires() => await AssertAsync(
        "ApiaxTokenNotRenewed",
        [
            ("""apiax_auth_state{apiax_auth_state="ok"}""", Gauge((25, 1), (40, 0))),
            ("apiax_auth_token_remaining_seconds", "1800-15x119 0x40"),
        ],
        (25.5, false), (27, true), (29.5, true), (31, false));

    [TestCase("""apiax_auth_token_requests_total{apiax_auth_grant_type="password", error_type="credentials_rejected"}""", 3, 4)]
    [TestCase("""apiax_auth_state{apiax_auth_state="cooling_down"}""", 1, 0)]
    public async Task No_token_is_raised_during_the_longest_back_off_and_ends_when_nobody_calls(string series, int seen, int then) => await AssertAsync(
        "ApiaxNoToken",
        [
            ("""apiax_auth_state{apiax_auth_state="ok"}""", Gauge((10, 1), (90, 0))),
            ("apiax_auth_token_remaining_seconds", Gauge((90, 0))),
            (series, Gauge((10, 0), (11, seen), (90, then))),
        ],
        (10.5, false), (12, true), (29, true), (32, false), (80, false));

    [Test]
    public async Task A_rejected_password_raises_its_alert_until_another_is_accepted_whichever_instance_sends_it() => await AssertAsync(
        "ApiaxCredentialsRejected",
        [
            (Rejected("a"), Counter(40, 40, 43, 55, 92.5, 130)),
            (Rejected("b"), Counter(41, 47, 73.75, 111.25)),
            ("""apiax_auth_state{instance="a", apiax_auth_state="ok"}""", Gauge((40, 1), (135, 0), (150, 1))),
            ("""apiax_auth_state{instance="b", apiax_auth_state="ok"}""", Gauge((150, 1))),
        ],
        (39, false), (41, true), (63, true), (73, true), (92, true), (111, true), (129, true), (134, true), (136, false));

    [Test]
    public async Task Overlapping_logins_of_many_instances_do_not_raise_credentials_rejected() => await AssertAsync(
        "ApiaxCredentialsRejected",
        [
            .. from instance in Enumerable.Range(1, 8) select (Rejected($"{instance}"), Counter(40)),
            .. from instance in Enumerable.Range(1, 8) select ($$"""apiax_auth_state{instance="{{instance}}", apiax_auth_state="ok"}""", Gauge((60, 1))),
        ],
        (41, false), (50, false));

    [Test]
    public async Task One_rejection_does_not_raise_credentials_rejected() => await AssertAsync(
        "ApiaxCredentialsRejected",
        [(Rejected("a"), Counter(40)), ("""apiax_auth_state{instance="a", apiax_auth_state="ok"}""", Gauge((60, 0)))],
        (41, false), (50, false));

    [TestCase(0)]
    [TestCase(7)]
    public async Task An_API_that_rejects_every_token_raises_its_alert_with_few_calls_of_any_instance(int before) => await AssertAsync(
        "ApiaxTokensRejected",
        [(Unauthorized("a", "rejected_again"), Counter([.. new double[before], 40, 46])), (Unauthorized("b", "rationed"), Counter(52))],
        (51, false), (53, true), (54, true), (56, false));

    [Test]
    public async Task A_new_token_that_the_API_accepts_does_not_raise_tokens_rejected() => await AssertAsync(
        "ApiaxTokensRejected",
        [(Unauthorized("a", "rationed"), Counter(40, 40, 40, 40)), (Unauthorized("b", "replaced"), Counter(0, 41))],
        (42, false), (54, false));

    [Test]
    public async Task After_a_restart_a_counter_is_compared_with_nothing() => await AssertAsync(
        "ApiaxTokensRejected",
        [(Unauthorized("a", "rationed"), Gauge((40, 9), (60, 3)))],
        (39, false), (42, true), (54, true), (57, false));

    private async Task CallAsync() => (await _rules.GetAsync("rules")).EnsureSuccessStatusCode();

    /// <summary>Sends calls until they fail or succeed; twice a second, the exporter is scraped.</summary>
    private async Task UntilAsync(bool calls)
    {
        var (start, scraped) = (Environment.TickCount64, 0L);
        while (Environment.TickCount64 - start < 60_000)
        {
            if (Environment.TickCount64 - scraped > 500)
            {
                scraped = Environment.TickCount64;
                await _lapse.ScrapeAsync();
            }

            try
            {
                await CallAsync();
                if (calls)
                    return;
            }
            catch (ApiaxAuthException) when (!calls)
            {
                return;
            }
            catch (HttpRequestException)
            {
                // A rejected token that cannot be replaced is sent until it expires.
            }
        }

        Assert.Fail("It did not happen within a minute.");
    }

    /// <summary>These alerts fire at the last scrape, and no other.</summary>
    private void Expect(params string[] alerts) => _expected.AddRange(Alerts.Select(alert => (_lapse.Now - TimeSpan.FromSeconds(15), alert, alerts.Contains(alert))));

    /// <summary>Scrapes without failures until no alert fires any more; then Prometheus must confirm all expectations.</summary>
    private async Task EndAsync()
    {
        await _lapse.ScrapeAsync(times: 80);
        Expect();

        var (output, exitCode) = await RunPromtoolAsync(_lapse.ToRuleTest(Rules, _expected.Select(each => (each.At, each.Alert, each.Fires ? Texts[each.Alert] : null))));

        Assert.That(exitCode, Is.Zero, output);
    }

    /// <summary>Whether an alert fires at some minutes.</summary>
    private static async Task AssertAsync(string alert, (string Name, string Values)[] series, params (double Minute, bool Fires)[] expected)
    {
        var (output, exitCode) = await RunPromtoolAsync($$"""
            rule_files: ['{{Rules}}']
            evaluation_interval: 15s
            tests:
              - interval: 15s
                input_series:
            {{string.Join('\n', series.Select(each => $"      - {{series: '{each.Name}', values: '{each.Values}'}}"))}}
                promql_expr_test:
            {{string.Join('\n', expected.Select(at => FormattableString.Invariant($$"""      - {expr: 'group(ALERTS{alertname="{{alert}}", alertstate="firing"})', eval_time: {{at.Minute * 60}}s, exp_samples: [{{(at.Fires ? "{labels: '{}', value: 1}" : "")}}]}""")))}}
            """);

        Assert.That(exitCode, Is.Zero, output);
    }

    private static string Rejected(string instance) => $$"""apiax_auth_token_requests_total{instance="{{instance}}", apiax_auth_grant_type="password", error_type="credentials_rejected"}""";

    private static string Unauthorized(string instance, string outcome) => $$"""apiax_auth_unauthorized_total{instance="{{instance}}", apiax_auth_outcome="{{outcome}}"}""";

    /// <summary>Values, each up to a minute.</summary>
    private static string Gauge(params (int UpTo, int Value)[] parts) =>
        string.Join(' ', Enumerable.Range(0, parts[^1].UpTo * 4).Select(sample => parts.First(part => sample < part.UpTo * 4).Value));

    /// <summary>A counter that is increased at these minutes; before the first of them, it does not exist.</summary>
    private static string Counter(params double[] minutes) =>
        string.Join(' ', Enumerable.Range(0, 600).Select(sample => minutes.Count(minute => minute * 4 <= sample)).Select(count => count == 0 ? "_" : $"{count}"));

    private static async Task<(string Output, int ExitCode)> RunPromtoolAsync(string test)
    {
        var file = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{TestContext.CurrentContext.Test.ID}.yml");
        await File.WriteAllTextAsync(file, test);
        using var promtool = Process.Start(new ProcessStartInfo("promtool", ["test", "rules", file]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await promtool.StandardOutput.ReadToEndAsync();
        var errors = await promtool.StandardError.ReadToEndAsync();
        await promtool.WaitForExitAsync();
        return (output + errors, promtool.ExitCode);
    }

    /// <summary>Of metrics and their labels.</summary>
    [GeneratedRegex(@"\b(apiax_auth_\w+|error_type)\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MetricNames();

    [GeneratedRegex(@"alert: (?<name>\w+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AlertNames();
}
