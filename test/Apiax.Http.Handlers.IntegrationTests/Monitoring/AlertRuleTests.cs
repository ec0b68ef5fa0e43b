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
        ["ApiaxCredentialsRejected"] = "exp_labels: {apiax_auth_account: rules, apiax_auth_grant_type: password, error_type: credentials_rejected, severity: critical}, exp_annotations: {summary: 'The token endpoint rejects the password of rules, or its user is locked.'}",
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

    [TestCase("ApiaxCredentialsRejected", 2, 15, """apiax_auth_token_requests_total{error_type="credentials_rejected"}""")]
    [TestCase("ApiaxTokensRejected", 11, 15, """apiax_auth_unauthorized_total{apiax_auth_outcome="rationed"}""")]
    [TestCase("ApiaxTokensRejected", 11, 60, """apiax_auth_unauthorized_total{apiax_auth_outcome="rationed"}""")]
    public async Task A_known_counter_raises_its_alert_from_a_number_on_although_Prometheus_extrapolates(string alert, int least, int interval, string series)
    {
        foreach (var added in new[] { least - 1, least })
        {
            // The counter stands at 1 for 80 samples, then at its new value. It is evaluated between two samples: only then does Prometheus extrapolate.
            var (output, exitCode) = await RunPromtoolAsync($$"""
                rule_files: ['{{Rules}}']
                evaluation_interval: 20s
                tests:
                  - interval: {{interval}}s
                    input_series:
                      - series: '{{series}}'
                        values: '1x80 {{1 + added}}x20'
                    promql_expr_test:
                      - expr: count(ALERTS{alertname="{{alert}}"})
                        eval_time: {{(81 * interval) + 125}}s
                        exp_samples: [{{(added == least ? "{labels: '{}', value: 1}" : "")}}]
                """);

            Assert.That(exitCode, Is.Zero, $"{added}: {output}");
        }
    }

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

    [GeneratedRegex(@"alert: (?<name>\w+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AlertNames();
}
