using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers.Tests;

/// <summary>What is logged about an outage: one entry for each token request, and one at its end.</summary>
[TestFixture]
internal sealed class OutageLogTests
{
    [Test]
    public async Task Its_end_is_logged_once_with_its_length_in_whole_seconds([Values] bool isPassword)
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        if (!isPassword)
            await app.GetAsync();
        app.Time.Advance(TimeSpan.FromSeconds(1800));
        app.Endpoint.Fault = TokenEndpointStub.Overloaded;
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            await Waiting.FailureOf<ApiaxAuthException>(app.GetAsync());
            await app.Logs.WaitForAsync("NoToken", attempt);
            app.Time.Advance(TimeSpan.FromSeconds(75.4));
        }

        app.Endpoint.Fault = null;
        for (var generation = 0; generation < 3; generation++)
        {
            await app.GetAsync();
            app.Time.Advance(TimeSpan.FromSeconds(1800));
        }

        await app.Logs.WaitForAsync("OutageEnded");
        var ends = app.Logs.Of("OutageEnded").ToList();
        Assert.That(ends.Select(end => (end.Level, end.Message)), Is.EqualTo(((LogLevel, string)[])[(LogLevel.Information, "Account (shared): Token requests succeed again, 226 s after the first failure")]));
        Assert.That(app.Logs.Of("NoToken").Select(entry => entry.Message), Has.All.Match(@"\. Next attempt in (6\d|7[0-5]) s$"));
    }

    [Test]
    public async Task Without_an_outage_no_end_is_logged()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        for (var generation = 0; generation < 3; generation++)
        {
            await app.GetAsync();
            app.Time.Advance(TimeSpan.FromSeconds(1800));
        }

        await app.Logs.WaitForAsync("Refreshed", 2);
        Assert.That(app.Logs.Of("OutageEnded"), Is.Empty);
    }

    [Test]
    public void A_failure_that_is_not_logged_begins_no_outage()
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var failure = new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "away");

        var postponed = TokenState.Cold.FlightEnded(FlightResult.Postponed(failure), now);
        var failed = postponed.FlightEnded(FlightResult.Failed(failure), now.AddSeconds(1)).FlightEnded(FlightResult.Failed(failure), now.AddSeconds(2));

        Assert.That((postponed.FailingSince, failed.FailingSince), Is.EqualTo(((DateTimeOffset?)null, now.AddSeconds(1))));
    }

    [Test]
    public void An_outage_begins_with_a_refused_refresh_although_the_rejected_password_has_been_logged_before()
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var rejected = FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.CredentialsRejected, "no")) with { IsRepeated = true, RefreshRefusal = "invalid_grant" };

        Assert.That(TokenState.Cold.FlightEnded(rejected, now).FailingSince, Is.EqualTo(now));
    }

    [Test]
    public async Task A_wrong_password_is_one_entry_a_token_request_in_a_quarter_of_an_hour_of_calls()
    {
        // The first flight has no time for the second try, so the next flight makes it: no call has to wait for a pause.
        await using var app = new App(services => services.AddApiaxAuth(App.Anna).Configure<ApiaxAuthOptions>(options => (options.AttemptTimeout, options.TokenTimeout) = (TimeSpan.FromSeconds(1.2), TimeSpan.FromSeconds(2.4))));
        app.Endpoint.Passwords.Add("another");
        app.Endpoint.ExplainsRejections = true;

        for (var second = 0; second < 15 * 60; second++)
        {
            await Waiting.FailureOf<ApiaxAuthException>(app.GetAsync());
            app.Time.Advance(TimeSpan.FromSeconds(1));
        }

        var requests = app.Endpoint.Requests;
        await app.Logs.WaitForAsync("NoToken", requests);
        Assert.That(requests, Is.InRange(5, 6));
        Assert.That(
            app.Logs.Entries.Where(entry => entry.Category == ApiaxAuthDiagnostics.LogCategory).Select(entry => (entry.Level, entry.Event)),
            Is.EqualTo(Enumerable.Repeat((LogLevel.Error, (string?)"NoToken"), requests)));
        Assert.That(app.Api.Calls, Is.Empty);
    }

    [Test]
    public async Task A_credentials_provider_that_throws_is_in_the_log_with_its_exception()
    {
        var vault = new CredentialsStub { Failure = new UnauthorizedAccessException("the vault is sealed") };
        await using var account = new Account(credentials: vault, name: "rules");

        await account.FailureAsync();

        await account.Logs.WaitForAsync("NoToken");
        var entry = account.Logs.Of("NoToken").Single();
        Assert.That(entry.Message, Does.StartWith("Account rules: No token (Unavailable): The credentials could not be obtained"));
        Assert.That(entry.Details, Does.Contain(nameof(UnauthorizedAccessException)));
    }
}
