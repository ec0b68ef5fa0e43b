using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Apiax.Http.Handlers.Tests.Hosting;

[TestFixture]
internal sealed class AccountsHealthCheckTests
{
    [Test]
    public async Task An_unused_account_is_healthy_and_causes_no_token_request()
    {
        await using var app = Checked(services => services.AddApiaxAuth(App.Anna));

        var check = await CheckAsync(app);

        Assert.That((check.Status, check.Description), Is.EqualTo((HealthStatus.Healthy, "(shared): no token has been needed yet")));
        Assert.That(check.Data, Is.EquivalentTo(new Dictionary<string, object>(StringComparer.Ordinal) { ["(shared).state"] = "Ok" }));
        Assert.That(app.Endpoint.Requests, Is.Zero);
    }

    [Test]
    public async Task A_check_does_not_read_the_credentials_before_during_or_after_a_cool_down()
    {
        var vault = new CredentialsStub { Password = "wrong" };
        await using var app = Checked(services => services.AddApiaxAuth().AddSingleton<IApiaxCredentialsProvider>(vault));
        await CheckAsync(app);
        Assert.That(vault.Reads, Is.Zero);
        await app.Time.PassUntilAsync(app.FailureAsync());
        var reads = vault.Reads;

        for (var minute = 0; minute < 3; minute++)
        {
            await CheckAsync(app);
            _ = app.Accounts.GetStatus();
            app.Time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.That(reads, Is.Positive.And.EqualTo(vault.Reads));
    }

    [Test]
    public async Task An_account_with_a_token_is_healthy_and_shows_its_times()
    {
        await using var app = Checked(services => services.AddApiaxAuth(App.Anna));
        var start = app.Time.GetUtcNow();
        var token = await app.TokenAsync();
        app.Time.Advance(TimeSpan.FromSeconds(10));

        var check = await CheckAsync(app);

        Assert.That((check.Status, check.Description), Is.EqualTo((HealthStatus.Healthy, "(shared): ok")));
        Assert.That(check.Data, Is.EquivalentTo(new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["(shared).state"] = "Ok",
            ["(shared).expires_on"] = start.AddSeconds(1799),
            ["(shared).last_success"] = start,
            ["(shared).next_attempt"] = token.RefreshOn,
        }));
    }

    [Test]
    public async Task A_token_that_could_not_be_refreshed_is_degraded_until_it_could()
    {
        await using var app = Checked(services => services.AddApiaxAuth(App.Anna));
        await app.TokenAsync();
        app.Time.Advance(TimeSpan.FromSeconds(1790));
        app.Endpoint.Fault = TokenEndpointStub.Overloaded;
        await app.TokenAsync();
        await app.Logs.WaitForAsync("NoToken");

        var check = await CheckAsync(app);
        Assert.That((check.Status, check.Data["(shared).last_error"]), Is.EqualTo((HealthStatus.Degraded, (object)"Unavailable")));
        Assert.That(check.Description, Is.EqualTo("(shared): the last token request failed (Unavailable), next attempt at 2026-01-01 00:29:52Z"));

        app.Endpoint.Fault = null;
        app.Time.Advance(TimeSpan.FromMinutes(2));
        await app.TokenAsync();
        check = await CheckAsync(app);
        Assert.That((check.Status, check.Data.ContainsKey("(shared).last_error")), Is.EqualTo((HealthStatus.Healthy, false)));
    }

    private static IEnumerable<TestCaseData<Action<TokenEndpointStub>, string>> Failures =>
    [
        new(endpoint => endpoint.Passwords.Add("another"), "CredentialsRejected") { TestName = "{m}(credentials rejected)" },
        new(endpoint => endpoint.Fault = () => new HttpResponseMessage(System.Net.HttpStatusCode.NotFound) { Content = new StringContent("""{"error":"Realm does not exist"}""") }, "Misconfigured") { TestName = "{m}(misconfigured)" },
        new(endpoint => endpoint.Fault = TokenEndpointStub.Overloaded, "Unavailable") { TestName = "{m}(unavailable)" },
        new(endpoint => endpoint.Fault = TokenEndpointStub.Html, "InvalidAnswer") { TestName = "{m}(no token answer)" },
    ];

    /// <summary>Not permanently: a load balancer that sends no calls to an unhealthy instance would never see that it works again.</summary>
    [TestCaseSource(nameof(Failures))]
    public async Task Without_a_token_it_is_unhealthy_as_long_as_calls_fail_at_once(Action<TokenEndpointStub> breaks, string error)
    {
        await using var app = Checked(services => services.AddApiaxAuth(App.Anna));
        breaks(app.Endpoint);
        await app.FailureAsync();
        var requests = app.Endpoint.Requests;

        var check = await CheckAsync(app);
        Assert.That((check.Status, check.Data["(shared).last_error"]), Is.EqualTo((HealthStatus.Unhealthy, (object)error)));
        Assert.That(check.Description, Does.StartWith($"(shared): no token ({error}), next attempt at 2026-01-01 00:0"));
        Assert.That(check.Data["(shared).next_attempt"], Is.GreaterThan(app.Time.GetUtcNow()));

        app.Time.Advance((DateTimeOffset)check.Data["(shared).next_attempt"] - app.Time.GetUtcNow() - TimeSpan.FromSeconds(1));
        Assert.That((await CheckAsync(app)).Status, Is.EqualTo(HealthStatus.Unhealthy));
        app.Time.Advance(TimeSpan.FromSeconds(1));
        check = await CheckAsync(app);
        Assert.That((check.Status, check.Data.ContainsKey("(shared).next_attempt")), Is.EqualTo((HealthStatus.Degraded, false)));
        Assert.That(check.Description, Is.EqualTo($"(shared): the last token request failed ({error}), next attempt with the next call"));
        Assert.That(app.Endpoint.Requests, Is.EqualTo(requests));
    }

    [Test]
    public async Task A_corrected_password_is_used_by_the_next_call()
    {
        var configuration = App.Configuration(("Apiax:Username", "anna"), ("Apiax:Password", "wrong"));
        await using var app = Checked(services => services.AddSingleton<IConfiguration>(configuration).AddApiaxAuth());
        app.Endpoint.Passwords.Add("right");
        await app.FailureAsync();
        Assert.That((await CheckAsync(app)).Status, Is.EqualTo(HealthStatus.Unhealthy));

        configuration["Apiax:Password"] = "right";
        configuration.Reload();

        Assert.That((await CheckAsync(app)).Status, Is.EqualTo(HealthStatus.Degraded));
    }

    [Test]
    public async Task Settings_that_cannot_be_used_are_unhealthy()
    {
        await using var app = Checked(services => services.AddApiaxAuth(_ => { }));

        var check = await CheckAsync(app);

        Assert.That((check.Status, check.Data["(shared).last_error"]), Is.EqualTo((HealthStatus.Unhealthy, (object)"Misconfigured")));
    }

    [Test]
    public async Task The_worst_account_counts_and_each_has_its_data()
    {
        await using var app = Checked(services =>
        {
            services.AddApiaxAuth(App.Anna);
            services.AddHttpClient("rules").AddApiaxAuth(App.Ben);
        });
        await app.TokenAsync();
        app.Endpoint.Fault = TokenEndpointStub.Html;
        await Waiting.FailureOf(app.Services.GetRequiredKeyedService<IApiaxAccessTokenProvider>("rules").GetTokenAsync());

        var check = await CheckAsync(app);

        Assert.That(check.Status, Is.EqualTo(HealthStatus.Unhealthy));
        Assert.That((check.Data["(shared).state"], check.Data["rules.state"]), Is.EqualTo(((object)"Ok", (object)"CoolingDown")));
        Assert.That(string.Join(' ', check.Data.Values.Append(check.Description)), Does.Not.Contain("anna").And.Not.Contain("ben"));
    }

    [Test]
    public async Task Name_failure_status_and_tags_are_the_applications_choice()
    {
        await using var app = new HostedApp(services =>
        {
            services.AddApiaxAuth(App.Anna);
            services.AddHealthChecks().AddApiaxAuth("login", HealthStatus.Degraded, ["ready"]);
        });
        app.Endpoint.Passwords.Add("another");
        await app.FailureAsync();

        var check = (await app.HealthAsync()).Entries["login"];

        Assert.That((check.Status, check.Tags.Single()), Is.EqualTo((HealthStatus.Degraded, "ready")));
    }

    /// <summary>For example by two libraries.</summary>
    [Test]
    public async Task A_second_registration_with_the_same_name_has_no_effect()
    {
        await using var app = Checked(services => services.AddApiaxAuth(App.Anna).AddHealthChecks().AddApiaxAuth(tags: ["first"]).AddApiaxAuth("login"));

        Assert.That((await app.HealthAsync()).Entries.Select(check => $"{check.Key} {string.Join(' ', check.Value.Tags)}"), Is.EqualTo(["apiax first", "login "]));
    }

    private static HostedApp Checked(Action<IServiceCollection> configure) => new(services =>
    {
        configure(services);
        services.AddHealthChecks().AddApiaxAuth();
    });

    private static async Task<HealthReportEntry> CheckAsync(HostedApp app) => (await app.HealthAsync()).Entries["apiax"];
}
