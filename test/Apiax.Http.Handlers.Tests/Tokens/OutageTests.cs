namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class OutageTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void Without_a_token_back_offs_double_from_a_second_to_half_a_minute()
    {
        Outage? last = null;
        var backOffs = Enumerable.Range(0, 8).Select(_ => (last = Outage.WithoutToken(last, Unavailable(), needsAction: false, Noon, jitter: 0)).Pause.Length.TotalSeconds);

        Assert.That(string.Join(' ', backOffs), Is.EqualTo("1 2 4 8 16 30 30 30"));
    }

    [TestCase(1500, 30)]
    [TestCase(120, 30)]
    [TestCase(100, 25)]
    [TestCase(8, 2)]
    [TestCase(4, 1)]
    [TestCase(2, 1)]
    [TestCase(0.1, 0.1)]
    public void While_a_token_is_valid_a_back_off_is_half_a_minute_or_a_quarter_of_its_remaining_time_and_a_second_at_least_but_no_longer_than_the_token(double remaining, double backOff) =>
        Assert.That(Outage.WithToken(null, Unavailable(), TimeSpan.FromSeconds(remaining), Noon).Pause, Is.EqualTo(new Pause(Noon, TimeSpan.FromSeconds(backOff))));

    [Test]
    public void Back_offs_with_a_token_do_not_lengthen_those_without_one()
    {
        var withToken = Outage.WithToken(Outage.WithToken(null, Unavailable(), TimeSpan.FromMinutes(5), Noon), Unavailable(), TimeSpan.FromMinutes(4), Noon);

        Assert.That(Outage.WithoutToken(withToken, Unavailable(), needsAction: false, Noon, jitter: 0).Pause.Length, Is.EqualTo(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public void Back_offs_with_a_token_do_not_shorten_those_without_one_if_a_clock_that_was_set_back_makes_the_token_valid_again()
    {
        var without = Outage.WithoutToken(Outage.WithoutToken(null, Unavailable(), needsAction: false, Noon, jitter: 0), Unavailable(), needsAction: false, Noon, jitter: 0);
        var withToken = Outage.WithToken(without, Unavailable(), TimeSpan.FromMinutes(5), Noon);

        Assert.That(Outage.WithoutToken(withToken, Unavailable(), needsAction: false, Noon, jitter: 0).Pause.Length, Is.EqualTo(TimeSpan.FromSeconds(4)));
    }

    [TestCase(0.5, 1)]
    [TestCase(7, 7)]
    [TestCase(300, 300)]
    [TestCase(301, 300)]
    [TestCase(9e11, 300)]
    [TestCase(-5, 1)]
    public void A_longer_Retry_After_is_obeyed(double asked, double backOff) =>
        Assert.That(Outage.WithoutToken(null, Unavailable(asked), needsAction: false, Noon, jitter: 0).Pause.Length, Is.EqualTo(TimeSpan.FromSeconds(backOff)));

    [TestCase(200, 100, 25)]
    [TestCase(60, 400, 60)]
    [TestCase(60, 2, 1)]
    [TestCase(9e11, 4000, 300)]
    public void While_a_token_is_valid_it_is_a_quarter_of_the_remaining_time_at_most(double asked, double remaining, double backOff) =>
        Assert.That(Outage.WithToken(null, Unavailable(asked), TimeSpan.FromSeconds(remaining), Noon).Pause.Length, Is.EqualTo(TimeSpan.FromSeconds(backOff)));

    [Test]
    public void A_failure_that_needs_action_backs_off_from_five_seconds_to_five_minutes()
    {
        Outage? last = null;
        var backOffs = Enumerable.Range(0, 8).Select(_ => (last = Outage.WithoutToken(last, Unavailable(), needsAction: true, Noon, jitter: 0)).Pause.Length.TotalSeconds);

        Assert.That(string.Join(' ', backOffs), Is.EqualTo("5 10 20 40 80 160 300 300"));
    }

    [TestCase(null, 0.5, 1.125)]
    [TestCase(null, 1, 1.25)]
    [TestCase(300.0, 1, 375)]
    public void Without_a_token_a_back_off_is_up_to_a_quarter_longer(double? asked, double jitter, double backOff) =>
        Assert.That(Outage.WithoutToken(null, Unavailable(asked), needsAction: false, Noon, jitter).Pause.Length, Is.EqualTo(TimeSpan.FromSeconds(backOff)));

    [Test]
    public void Failures_of_several_kinds_are_one_outage()
    {
        Outage? last = null;
        var backOffs = Enumerable.Range(0, 7).Select(number => (last = Outage.WithoutToken(last, Unavailable(), needsAction: number % 2 == 0, Noon, jitter: 0)).Pause.Length.TotalSeconds);

        Assert.That(string.Join(' ', backOffs), Is.EqualTo("5 10 20 30 30 30 30"));
    }

    [Test]
    public void A_server_that_does_not_say_when_it_accepts_requests_again_gets_them_less_and_less_often()
    {
        Outage? last = null;
        var failure = new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "busy") { IsThrottled = true };
        var backOffs = Enumerable.Range(0, 10).Select(_ => (last = Outage.WithoutToken(last, failure, needsAction: false, Noon, jitter: 0)).Pause.Length.TotalSeconds);

        Assert.That(string.Join(' ', backOffs), Is.EqualTo("1 2 4 8 16 32 64 128 256 300"));
    }

    private static ApiaxAuthException Unavailable(double? retryAfter = null) =>
        new(ApiaxAuthFailure.Unavailable, "down") { RetryAfter = retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null };
}
