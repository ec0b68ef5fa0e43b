using System.Globalization;
using System.Text;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class TokenLifetimeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly long Epoch = Noon.ToUnixTimeSeconds();

    [TestCase("60", 60)]
    [TestCase("\"60\"", 60)]
    [TestCase("60.5", 60.5)]
    [TestCase("6e1", 60)]
    [TestCase("\"6e1\"", 60)]
    [TestCase("86400", 86400)]
    public void A_number_or_a_numeric_text_is_a_lifetime_in_seconds(string value, double seconds) =>
        Assert.That(Lifetime($$"""{"expires_in":{{value}}}"""), Is.EqualTo(seconds));

    [Test]
    public void A_number_of_the_size_of_an_epoch_time_is_an_instant_in_either_member(
        [Values("expires_in", "expires_at")] string member, [Values(1, 1000)] long unit, [Values("", "\"")] string quote) =>
        Assert.That(Lifetime($$"""{"{{member}}":{{quote}}{{(Epoch + 600) * unit}}{{quote}}}"""), Is.EqualTo(600));

    [Test]
    public void A_small_expires_at_is_a_lifetime() => Assert.That(Lifetime("""{"expires_at":600}"""), Is.EqualTo(600));

    [TestCase(1e9, 100)]
    [TestCase(1e11, 100)]
    public void From_the_minimum_on_numbers_are_epoch_seconds_or_milliseconds(double value, double seconds)
    {
        var then = value >= 1e11 ? DateTimeOffset.FromUnixTimeMilliseconds((long)value) : DateTimeOffset.FromUnixTimeSeconds((long)value);

        Assert.That(Lifetime(string.Create(CultureInfo.InvariantCulture, $$"""{"expires_in":{{value:F0}}}"""), then.AddSeconds(-seconds)), Is.EqualTo(seconds));
    }

    [TestCase("999999999")]
    [TestCase("86401")]
    [TestCase("1e300")]
    [TestCase("99999999999999")]
    public void A_lifetime_is_a_day_at_most(string value) => Assert.That(Lifetime($$"""{"expires_in":{{value}}}"""), Is.EqualTo(86400));

    [TestCase("0.001")]
    [TestCase("1")]
    public void A_lifetime_is_a_second_at_least(string value) => Assert.That(Lifetime($$"""{"expires_in":{{value}}}"""), Is.EqualTo(1));

    [Test]
    public void Expires_in_takes_precedence_over_expires_at() => Assert.That(Lifetime($$"""{"expires_at":{{Epoch + 600}},"expires_in":60}"""), Is.EqualTo(60));

    [TestCase("-1")]
    [TestCase("null")]
    [TestCase("true")]
    [TestCase("{}")]
    [TestCase("[60]")]
    [TestCase("\"\"")]
    [TestCase("\"soon\"")]
    [TestCase("\"NaN\"")]
    [TestCase("\"Infinity\"")]
    [TestCase("\"-Infinity\"")]
    [TestCase("1e999")]
    [TestCase("1735732800", Description = "a year ago")]
    [TestCase("1735732800000", Description = "a year ago")]
    public void An_invalid_lifetime_is_ignored(string value) =>
        Assert.Multiple(() =>
        {
            Assert.That(Lifetime($$"""{"expires_in":{{value}},"expires_at":600}"""), Is.EqualTo(600));
            Assert.That(Lifetime($$"""{"expires_in":{{value}},"expires_at":{{value}},"access_token":"{{Jwt("""{"iat":1000,"exp":1300}""")}}"}"""), Is.EqualTo(300));
            Assert.That(Lifetime($$"""{"expires_in":{{value}},"expires_at":{{value}}}"""), Is.EqualTo(1800));
        });

    [TestCase("0", 1)]
    [TestCase("\"0\"", 1)]
    [TestCase("-1", 1800)]
    public void A_token_that_is_declared_to_have_expired_is_valid_for_a_second(string value, int seconds)
    {
        Assert.That(Lifetime($$"""{"expires_in":{{value}}}"""), Is.EqualTo(seconds));
        Assert.That(Lifetime($$"""{"expires_in":{{value}},"expires_at":600}"""), Is.EqualTo(600));
    }

    [TestCase("""{"iat":1000,"exp":1300}""", 300)]
    [TestCase("""{"exp":1300.5,"iat":1000.5,"name":"~~~ÿÿÿ???"}""", 300)]
    [TestCase("""{"iat":0,"exp":1e300}""", 86400)]
    [TestCase("""{"iat":0,"exp":1e999}""", 86400)]
    [TestCase("""{"iat":1000,"exp":1000}""", 1800)]
    [TestCase("""{"iat":1300,"exp":1000}""", 1800)]
    [TestCase("""{"exp":1300}""", 1800)]
    [TestCase("""{"iat":"1000","exp":"1300"}""", 1800)]
    [TestCase("""{"iat":1000,"exp":1300""", 1800)]
    [TestCase("""{"\ud800":0,"iat":1000}""", 1800)]
    [TestCase("[1000,1300]", 1800)]
    [TestCase("", 1800)]
    public void A_JWT_states_its_own_lifetime(string claims, double seconds) =>
        Assert.That(Lifetime($$"""{"access_token":"{{Jwt(claims)}}"}"""), Is.EqualTo(seconds));

    [TestCase("opaque")]
    [TestCase("a.b")]
    [TestCase("a.b.c.d.e")]
    [TestCase("..")]
    [TestCase("a.%%%.c")]
    [TestCase("a.====.c")]
    public void A_token_that_is_not_a_JWT_has_the_default_lifetime(string token) =>
        Assert.That(Lifetime($$"""{"access_token":"{{token}}"}"""), Is.EqualTo(1800));

    [Test]
    public void An_answer_that_states_no_lifetime_has_the_default_lifetime() => Assert.That(Lifetime("{}"), Is.EqualTo(1800));

    [TestCase("""{"expires_in":60,"expires_at":600,"access_token":"JWT"}""", "expires_in", 60)]
    [TestCase("""{"expires_in":0,"expires_at":600,"access_token":"JWT"}""", "expires_at", 600)]
    [TestCase("""{"expires_in":"soon","access_token":"JWT"}""", "exp", 300)]
    public void The_source_of_a_lifetime_is_reported(string json, string member, double seconds)
    {
        var answer = Parse(json.Replace("JWT", Jwt("""{"iat":1000,"exp":1300}"""), StringComparison.Ordinal));

        Assert.That(TokenLifetime.Find(answer, Noon), Is.EqualTo((TimeSpan.FromSeconds(seconds), member)));
    }

    [Test]
    public void A_missing_lifetime_is_recognized() => Assert.That(TokenLifetime.Find(Parse("""{"expires_in":-1,"access_token":"opaque"}"""), Noon), Is.Null);

    [TestCase("7200", 7200.0)]
    [TestCase("\"7200\"", 7200.0)]
    [TestCase("0", null)]
    [TestCase("-1", null)]
    [TestCase("null", null)]
    [TestCase("1e300", 365 * 86400.0)]
    public void A_refresh_token_of_zero_seconds_is_one_whose_lifetime_is_not_declared(string value, double? seconds) =>
        Assert.That(TokenLifetime.OfRefreshToken(Parse($$"""{"refresh_expires_in":{{value}}}"""), Noon)?.TotalSeconds, Is.EqualTo(seconds));

    // A fifth of the lifetime or the setting, whichever is shorter, and up to a tenth of the lifetime at random.
    [TestCase(1800, 300, 0.0, 1500)]
    [TestCase(1800, 300, 0.5, 1410)]
    [TestCase(1800, 300, 1.0, 1320)]
    [TestCase(1800, 3600, 0.0, 1440)]
    [TestCase(60, 300, 0.0, 48)]
    [TestCase(60, 300, 1.0, 42)]
    [TestCase(60, 0, 0.0, 60)]
    [TestCase(1, 300, 1.0, 0.7)]
    public void A_token_is_refreshed_ahead_of_its_expiry(double lifetime, double ahead, double chance, double refreshed)
    {
        var refreshOn = TokenLifetime.RefreshOn(Noon, TimeSpan.FromSeconds(lifetime), refreshTokenLife: null, TimeSpan.FromSeconds(ahead), chance);

        Assert.That((refreshOn - Noon).TotalSeconds, Is.EqualTo(refreshed).Within(1e-6));
    }

    // Four fifths of the refresh token's lifetime if that is earlier, and up to a tenth of the shorter lifetime at random; a refresh token of less than 5 s is allowed to expire.
    [TestCase(1800, 86_400, 0.0, 1500)]
    [TestCase(1800, 1800, 0.0, 1440)]
    [TestCase(1800, 600, 0.0, 480)]
    [TestCase(1800, 600, 1.0, 420)]
    [TestCase(30, 10, 0.0, 8)]
    [TestCase(30, 10, 1.0, 7)]
    [TestCase(30, 5, 0.0, 4)]
    [TestCase(30, 4.9, 0.0, 24)]
    public void A_token_is_refreshed_ahead_of_its_refresh_token_s_end(double lifetime, double refreshTokenLife, double chance, double refreshed)
    {
        var refreshOn = TokenLifetime.RefreshOn(Noon, TimeSpan.FromSeconds(lifetime), TimeSpan.FromSeconds(refreshTokenLife), TimeSpan.FromSeconds(300), chance);

        Assert.That((refreshOn - Noon).TotalSeconds, Is.EqualTo(refreshed).Within(1e-6));
    }

    [TestCase(1800, 1799)]
    [TestCase(3, 2)]
    [TestCase(2, 1)]
    [TestCase(1, 0.5)]
    public void A_lifetime_counts_one_second_less_and_never_under_half_of_it(double declared, double counted) =>
        Assert.That(TokenLifetime.Counted(TimeSpan.FromSeconds(declared)).TotalSeconds, Is.EqualTo(counted));

    [TestCase(1800, 1800, 3600, true)]
    [TestCase(1200, 1200, 1202, true)]
    [TestCase(1200, 1200, 1201, false, Description = "an idle time that equals the token's life")]
    [TestCase(1800, 1801, 3600, false, Description = "it lives longer than its access token: it brings another")]
    [TestCase(1800, 3600, 1800, false)]
    public void The_end_of_a_session_is_recognized_by_the_shrinking_lifetime_of_the_refresh_token(double lifetime, double refreshTokenLife, double before, bool ending) =>
        Assert.That(TokenLifetime.IsSessionEnding(TimeSpan.FromSeconds(lifetime), TimeSpan.FromSeconds(refreshTokenLife), TimeSpan.FromSeconds(before)), Is.EqualTo(ending));

    [Test]
    public void An_undeclared_lifetime_does_not_announce_the_end_of_the_session() => Assert.Multiple(() =>
    {
        Assert.That(TokenLifetime.IsSessionEnding(TimeSpan.FromHours(1), null, TimeSpan.FromHours(1)), Is.False);
        Assert.That(TokenLifetime.IsSessionEnding(TimeSpan.FromHours(1), TimeSpan.FromMinutes(1), null), Is.False);
    });

    private static double Lifetime(string json, DateTimeOffset? serverTime = null) =>
        TokenLifetime.Of(Parse(json), serverTime ?? Noon, TimeSpan.FromSeconds(1800)).TotalSeconds;

    private static TokenJson Parse(string json) => TokenJson.Parse(Encoding.UTF8.GetBytes(json))!;

    private static string Jwt(string claims) =>
        $"eyJhbGciOiJSUzI1NiJ9.{Convert.ToBase64String(Encoding.UTF8.GetBytes(claims)).TrimEnd('=').Replace('+', '-').Replace('/', '_')}.c2ln";
}
