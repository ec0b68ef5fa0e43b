using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Everything that operators see of an account has its name: that of its client, never that of its user.</summary>
[TestFixture]
internal sealed class AccountNameTests
{
    [Test]
    public async Task A_failure_names_its_account_in_exception_log_metrics_and_span()
    {
        using var spans = new Spans();
        await using var app = TwoAccounts();
        using var measured = new Measurements(app.Provider.GetRequiredService<IMeterFactory>());
        _ = app.Provider.GetRequiredService<TokenMetrics>();
        await app.GetAsync("any");

        app.Endpoint.Fault = TokenEndpointStub.Overloaded;
        var failures = new[] { await Waiting.FailureOf<ApiaxAuthException>(app.GetAsync("reports")), await Waiting.FailureOf<ApiaxAuthException>(app.GetAsync("reports")) };
        await app.Logs.WaitForAsync("NoToken");
        var (granted, failed) = (app.Logs.Of("SignedIn").Single(), app.Logs.Of("NoToken").Single());
        var span = await spans.EndedAsync(2);

        Assert.Multiple(() =>
        {
            Assert.That(failures.Select(failure => failure.Message), Has.All.StartsWith("Account reports: The token endpoint answered 503"));
            Assert.That(granted.Message, Is.EqualTo("Account (shared): Signed in with the password; the token expires at 2026-01-01 00:29:59Z"));
            Assert.That(failed.Message, Does.Match(@"^Account reports: No token \(Unavailable\): The token endpoint answered 503 \(no content type\)\. Next attempt in (6\d|7[0-5]) s$"));
            Assert.That(granted.Details, Does.StartWith("Account=(shared), "));
            Assert.That(failed.Details, Does.StartWith("Account=reports, ").And.Match("RetryAfter=(6[0-9]|7[0-5]),").And.Contain("{OriginalFormat}=Account {Account}: No token ({Reason}): "));
            Assert.That(measured.TagsOf("apiax.auth.token.requests"), Is.EqualTo(
                (string[])["apiax.auth.account=(shared) apiax.auth.grant_type=password", "apiax.auth.account=reports apiax.auth.grant_type=password error.type=unavailable"]));
            Assert.That(measured.TagsOf("apiax.auth.token.request.duration"), Is.EqualTo(measured.TagsOf("apiax.auth.token.requests")));
            Assert.That(measured.TagsOf("apiax.auth.token.wait.duration"), Is.EqualTo((string[])["apiax.auth.account=(shared)", "apiax.auth.account=reports"]));
            Assert.That(span.GetTagItem("apiax.auth.account"), Is.EqualTo("reports"));
        });
    }

    [Test]
    public async Task A_rejected_token_names_its_account()
    {
        await using var app = TwoAccounts();
        using var measured = new Measurements(app.Provider.GetRequiredService<IMeterFactory>());
        app.Api.Rejected.Add("access-1");

        await app.GetAsync("reports");

        Assert.That(measured.TagsOf("apiax.auth.unauthorized"), Is.EqualTo((string[])["apiax.auth.account=reports apiax.auth.outcome=replaced"]));
        Assert.That(app.Logs.Of("TokenReplaced").Single().Message, Does.StartWith("Account reports: api.apiax.io:443 rejected the token"));
    }

    [Test]
    public async Task Settings_that_are_refused_or_suspicious_name_their_account()
    {
        var configuration = App.Configuration(("Apiax:Username", "ben"), ("Apiax:Password", "right\n"), ("Apiax:Scop", "x"));
        await using var app = new App(services => services.AddHttpClient("reports").AddApiaxAuth(configuration.GetSection("Apiax")));
        await app.GetAsync("reports");

        configuration["Apiax:ClientId"] = " ";
        configuration.Reload();

        foreach (var name in (string[])["MisspelledSetting", "LineBreakInCredentials", "ReloadRefused"])
            Assert.That(app.Logs.Of(name).Single().Message, Does.StartWith("Account reports: "));
    }

    [Test]
    public async Task No_entry_of_a_token_request_or_a_sign_out_is_without_the_account()
    {
        await using var app = TwoAccounts();
        await app.GetAsync("reports");
        app.Endpoint.RefusesRefreshTokens = true;
        app.Time.Advance(TimeSpan.FromHours(1));
        await app.GetAsync("reports");
        app.Endpoint.Passwords.Add("another");
        app.Time.Advance(TimeSpan.FromHours(1));
        await Waiting.FailureOf<ApiaxAuthException>(app.GetAsync("reports"));
        await app.Logs.WaitForAsync("NoToken");
        await app.Provider.GetRequiredService<ApiaxAccounts>().SignOutAsync();

        var entries = app.Logs.Entries.Where(entry => entry.Category == ApiaxAuthDiagnostics.LogCategory).ToList();

        Assert.That(entries.Select(entry => entry.Event).Distinct(StringComparer.Ordinal), Is.SupersetOf((string[])["SignedIn", "RefreshRefused", "NoToken"]));
        Assert.That(entries.Select(entry => entry.Message), Has.All.StartsWith("Account reports: "));
        Assert.That(entries.Select(entry => entry.Message + entry.Details), Has.None.Contains("ben"));
    }

    [Test]
    public async Task A_provider_without_a_container_has_the_name_passed_to_Create()
    {
        await using var account = new Account(name: "batch");
        account.Endpoint.Fault = TokenEndpointStub.Overloaded;
        using var api = new ApiStub();
        using var http = new HttpClient(new BearerTokenHandler(account.Tokens, new ApiaxAuthOptions(), account.Logs) { InnerHandler = api });

        var failure = await Waiting.FailureOf<ApiaxAuthException>(http.GetAsync(new Uri("https://api.apiax.io/")));
        using var unlisted = await http.GetAsync(new Uri("https://elsewhere.example/"));

        Assert.That(failure.Message, Does.StartWith("Account batch: "));
        await account.Logs.WaitForAsync("NoToken");
        Assert.That(account.Logs.Entries.Select(entry => entry.Message), Has.Exactly(2).StartsWith("Account batch: "));
    }

    private static App TwoAccounts() => new(services =>
    {
        services.AddApiaxAuth(App.Anna);
        services.AddHttpClient("reports").AddApiaxAuth(App.Ben);
    });
}
