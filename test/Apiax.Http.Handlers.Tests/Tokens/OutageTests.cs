namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class OutageTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void Without_a_token_rests_double_from_a_second_to_half_a_minute()
    {
        Outage? last = null;
        var rests = Enumerable.Range(0, 8).Select(_ => (last = Outage.WithoutToken(last, Unavailable(), passwordSent: false, Noon)).Pause.Length.TotalSeconds);

        Assert.That(string.Join(' ', rests), Is.EqualTo("1 2 4 8 16 30 30 30"));
    }

    [TestCase(1500, 30)]
    [TestCase(120, 30)]
    [TestCase(100, 25)]
    [TestCase(8, 2)]
    [TestCase(4, 1)]
    [TestCase(2, 1)]
    [TestCase(0.1, 1)]
    public void Behind_a_token_a_rest_is_half_a_minute_or_a_quarter_of_its_life_and_a_second_at_least(double remaining, double rest) =>
        Assert.That(Outage.BehindToken(null, Unavailable(), TimeSpan.FromSeconds(remaining), passwordSent: false, Noon).Pause, Is.EqualTo(new Pause(Noon, TimeSpan.FromSeconds(rest))));

    [Test]
    public void Rests_behind_a_token_do_not_lengthen_those_without_one()
    {
        var behind = Outage.BehindToken(Outage.BehindToken(null, Unavailable(), TimeSpan.FromMinutes(5), passwordSent: false, Noon), Unavailable(), TimeSpan.FromMinutes(4), passwordSent: false, Noon);

        Assert.That(Outage.WithoutToken(behind, Unavailable(), passwordSent: false, Noon).Pause.Length, Is.EqualTo(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public void Nor_do_they_shorten_them_when_a_clock_set_back_has_made_the_token_valid_again()
    {
        var without = Outage.WithoutToken(Outage.WithoutToken(null, Unavailable(), passwordSent: false, Noon), Unavailable(), passwordSent: false, Noon);
        var behind = Outage.BehindToken(without, Unavailable(), TimeSpan.FromMinutes(5), passwordSent: false, Noon);

        Assert.That(Outage.WithoutToken(behind, Unavailable(), passwordSent: false, Noon).Pause.Length, Is.EqualTo(TimeSpan.FromSeconds(4)));
    }

    [TestCase(0.5, 1)]
    [TestCase(7, 7)]
    [TestCase(300, 300)]
    [TestCase(-5, 1)]
    public void A_server_that_asks_for_a_longer_rest_gets_it(double asked, double rest) =>
        Assert.That(Outage.WithoutToken(null, Unavailable(asked), passwordSent: false, Noon).Pause.Length, Is.EqualTo(TimeSpan.FromSeconds(rest)));

    [Test]
    public void A_server_that_asks_for_a_longer_rest_gets_it_behind_a_token_too() =>
        Assert.That(Outage.BehindToken(null, Unavailable(200), TimeSpan.FromSeconds(100), passwordSent: false, Noon).Pause.Length, Is.EqualTo(TimeSpan.FromSeconds(200)));

    [Test]
    public void After_a_password_a_rest_keeps_the_distance_that_locks_no_user()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Outage.WithoutToken(null, Unavailable(), passwordSent: true, Noon).Pause.Length, Is.EqualTo(TimeSpan.FromSeconds(1.5)));
            Assert.That(Outage.BehindToken(null, Unavailable(), TimeSpan.FromSeconds(2), passwordSent: true, Noon).Pause.Length, Is.EqualTo(TimeSpan.FromSeconds(1.5)));
        });
    }

    private static ApiaxAuthException Unavailable(double? retryAfter = null) =>
        new(ApiaxAuthFailure.Unavailable, "down") { RetryAfter = retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null };
}
