using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Apiax.Http.Handlers.Tests;

/// <summary>What is told of a flight.</summary>
[TestFixture]
internal sealed class FlightResultTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TokenSet Tokens = new(new ApiaxAccessToken("secret", Noon, Noon), RefreshToken: null, Noon, Noon);

    [TestCase(ApiaxAuthFailure.CredentialsRejected, LogLevel.Error)]
    [TestCase(ApiaxAuthFailure.Misconfigured, LogLevel.Error)]
    [TestCase(ApiaxAuthFailure.Unavailable, LogLevel.Warning)]
    [TestCase(ApiaxAuthFailure.InvalidAnswer, LogLevel.Warning)]
    public void What_does_not_pass_by_itself_is_an_error_and_what_may_is_a_warning(ApiaxAuthFailure reason, LogLevel level) =>
        Assert.That(Told(FlightResult.Failed(new ApiaxAuthException(reason, "no"))), Is.EqualTo(((LogLevel, string?)[])[(level, "NoToken")]));

    [Test]
    public void Where_the_tokens_come_from_is_told() => Assert.Multiple(() =>
    {
        Assert.That(Told(FlightResult.LoggedIn(Tokens, CredentialsFingerprint.Of("user", "password"))), Is.EqualTo(((LogLevel, string?)[])[(LogLevel.Information, "SignedIn")]));
        Assert.That(Told(FlightResult.Refreshed(Tokens)), Is.EqualTo(((LogLevel, string?)[])[(LogLevel.Debug, "Refreshed")]));
        Assert.That(Told(FlightResult.Adopted(Tokens)), Is.EqualTo(((LogLevel, string?)[])[(LogLevel.Debug, "Adopted")]));
    });

    [Test]
    public void Who_was_silent_and_what_was_refused_on_the_way_is_told_first() =>
        Assert.That(
            Told(FlightResult.Refreshed(Tokens).After("invalid_grant").InsteadOfAnother(TimeSpan.FromSeconds(10))).Select(entry => entry.Event),
            Is.EqualTo((string[])["TakenOver", "RefreshRefused", "Refreshed"]));

    [Test]
    public void Of_a_flight_that_was_put_off_nothing_is_told() =>
        Assert.That(Told(FlightResult.Postponed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "later"))), Is.Empty);

    private static (LogLevel Level, string? Event)[] Told(FlightResult result)
    {
        var log = new FakeLogger();
        result.Log(log);
        return [.. log.Collector.GetSnapshot().Select(record => (record.Level, record.Id.Name))];
    }
}
