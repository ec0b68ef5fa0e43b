using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Apiax.Http.Handlers.Tests;

/// <summary>What is logged of a flight.</summary>
[TestFixture]
internal sealed class FlightResultTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TokenSet Tokens = new(new ApiaxAccessToken("secret", Noon, Noon), RefreshToken: null, Noon, Noon);

    [TestCase(ApiaxAuthFailure.CredentialsRejected, LogLevel.Error)]
    [TestCase(ApiaxAuthFailure.Misconfigured, LogLevel.Error)]
    [TestCase(ApiaxAuthFailure.Unavailable, LogLevel.Warning)]
    [TestCase(ApiaxAuthFailure.InvalidAnswer, LogLevel.Warning)]
    public void A_failure_that_needs_action_is_an_error_and_a_transient_one_a_warning(ApiaxAuthFailure reason, LogLevel level) =>
        Assert.That(Logged(FlightResult.Failed(new ApiaxAuthException(reason, "no"))), Is.EqualTo(((LogLevel, string?)[])[(level, "NoToken")]));

    [Test]
    public void The_cause_of_a_failed_login_stays_also_if_the_refresh_after_it_failed()
    {
        var rejected = new ApiaxAuthException(ApiaxAuthFailure.CredentialsRejected, "rejected");
        var failed = FlightResult.Failed(new(ApiaxAuthFailure.Unavailable, "no answer")).AfterLogin(FlightResult.Failed(rejected));

        Assert.That(FlightResult.Adopted(Tokens).AfterLogin(failed).Cause, Is.SameAs(rejected));
    }

    [Test]
    public void The_source_of_the_tokens_is_logged() => Assert.Multiple(() =>
    {
        Assert.That(Logged(FlightResult.LoggedIn(Tokens, CredentialsFingerprint.Of("user", "password"))), Is.EqualTo(((LogLevel, string?)[])[(LogLevel.Information, "SignedIn")]));
        Assert.That(Logged(FlightResult.Refreshed(Tokens)), Is.EqualTo(((LogLevel, string?)[])[(LogLevel.Debug, "Refreshed")]));
        Assert.That(Logged(FlightResult.Adopted(Tokens)), Is.EqualTo(((LogLevel, string?)[])[(LogLevel.Debug, "Adopted")]));
    });

    [Test]
    public void A_takeover_and_a_refusal_are_logged_before_the_result() =>
        Assert.That(
            Logged(FlightResult.Refreshed(Tokens).InsteadOfAnother(TimeSpan.FromSeconds(10)) with { RefreshRefusal = "invalid_grant" }).Select(entry => entry.Event),
            Is.EqualTo((string[])["TakenOver", "RefreshRefused", "Refreshed"]));

    [Test]
    public void A_failure_that_has_been_logged_is_not_logged_again_but_the_refresh_before_or_after_it_is() => Assert.Multiple(() =>
    {
        var repeated = FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.CredentialsRejected, "no")) with { IsRepeated = true };
        var unavailable = FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "down"));

        Assert.That(Logged(repeated), Is.Empty);
        Assert.That(Logged(repeated with { RefreshRefusal = "invalid_grant" }), Is.EqualTo(((LogLevel, string?)[])[(LogLevel.Warning, "RefreshRefused")]));
        Assert.That(Logged(FlightResult.Refreshed(Tokens).AfterLogin(repeated)), Is.EqualTo(((LogLevel, string?)[])[(LogLevel.Debug, "Refreshed")]));
        Assert.That(Logged(unavailable.AfterLogin(repeated)), Is.EqualTo(((LogLevel, string?)[])[(LogLevel.Warning, "NoToken")]));
    });

    [Test]
    public void A_postponed_flight_is_not_logged() =>
        Assert.That(Logged(FlightResult.Postponed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "later"))), Is.Empty);

    private static (LogLevel Level, string? Event)[] Logged(FlightResult result)
    {
        var log = new FakeLogger();
        result.Log(log);
        return [.. log.Collector.GetSnapshot().Select(record => (record.Level, record.Id.Name))];
    }
}
