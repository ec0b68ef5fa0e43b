namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class TokenSetTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [TestCase("refresh-secret", 3599, true)]
    [TestCase("refresh-secret", 3600, false)]
    [TestCase(null, 0, false)]
    public void A_refresh_is_possible_while_there_is_a_valid_refresh_token(string? refreshToken, double seconds, bool worth) =>
        Assert.That(Set(refreshToken).CanRefreshAt(Noon.AddSeconds(seconds)), Is.EqualTo(worth));

    [Test]
    public void A_set_prints_no_token() =>
        Assert.That(Set("refresh-secret").ToString(), Does.Not.Contain("secret").And.Contain("expires 2026-01-01 12:30:00Z"));

    [Test]
    public void A_flight_result_prints_no_token() =>
        Assert.That(FlightResult.Refreshed(Set("refresh-secret")).ToString(), Is.EqualTo("FlightResult { tokens }"));

    [Test]
    public void A_failed_flight_prints_only_its_reason() =>
        Assert.That(
            FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "the message"), CredentialsFingerprint.Of("user", "secret")).ToString(),
            Is.EqualTo("FlightResult { Unavailable }"));

    [TestCase(null, "refresh-secret", 1800)]
    [TestCase(600, "refresh-secret", 600)]
    [TestCase(3600, "refresh-secret", 1800)]
    [TestCase(600, null, 1800)]
    public void The_remaining_time_is_the_shorter_of_both_lifetimes(int? refreshTokenLife, string? refreshToken, double seconds)
    {
        var life = refreshTokenLife is { } length ? TimeSpan.FromSeconds(length) : (TimeSpan?)null;
        var set = Set(refreshToken) with { RefreshTokenLife = life, RefreshTokenExpiresOn = Noon + (life ?? TimeSpan.FromDays(14)) };

        Assert.That(set.RemainingAt(Noon).TotalSeconds, Is.EqualTo(seconds));
    }

    private static TokenSet Set(string? refreshToken) =>
        new(new ApiaxAccessToken("access-secret", Noon.AddMinutes(30), Noon.AddMinutes(25)), refreshToken, Noon.AddHours(1), Noon);
}
