namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class CoolDownTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly CredentialsFingerprint Wrong = CredentialsFingerprint.Of("user", "wrong");
    private static readonly CredentialsFingerprint Other = CredentialsFingerprint.Of("user", "other");
    private static readonly ApiaxAuthException Rejection = new(ApiaxAuthFailure.CredentialsRejected, "rejected");

    [TestCase(0.5, "60 120 240 480 900 900")]
    [TestCase(0, "45 90 180 360 675 675")]
    [TestCase(1, "75 150 300 600 1125 1125")]
    public void Pauses_double_from_a_minute_to_a_quarter_of_an_hour_and_differ_by_a_quarter(double jitter, string lengths) =>
        Assert.That(string.Join(' ', Enumerable.Range(0, 6).Select(rejections => CoolDown.LengthAfter(rejections, jitter).TotalSeconds)), Is.EqualTo(lengths));

    [Test]
    public void All_credentials_that_were_rejected_are_forbidden()
    {
        var coolDown = After(After(null, Wrong), Other);

        Assert.That((coolDown.Forbids(Wrong, Noon), coolDown.Forbids(Other, Noon)), Is.EqualTo((true, true)));
    }

    [Test]
    public void No_more_than_a_hundred_rejected_credentials_are_remembered()
    {
        CoolDown? last = null;
        var all = Enumerable.Range(0, 101).Select(number => CredentialsFingerprint.Of("user", $"password {number}")).ToList();
        foreach (var credentials in all)
            last = After(last, credentials);

        Assert.That((last!.Forbids(all[0], Noon), last.Forbids(all[1], Noon)), Is.EqualTo((false, true)));
    }

    [TestCase(0, true)]
    [TestCase(59.9, true)]
    [TestCase(60, false)]
    public void The_rejected_credentials_are_forbidden_until_it_ends(double seconds, bool forbidden) =>
        Assert.That(After(null, Wrong).Forbids(Wrong, Noon.AddSeconds(seconds)), Is.EqualTo(forbidden));

    [Test]
    public void Other_credentials_are_allowed_at_once() =>
        Assert.That(After(null, Wrong).Forbids(Other, Noon), Is.False);

    [TestCase(0, true)]
    [TestCase(9.9, true)]
    [TestCase(10, false)]
    public void The_credentials_are_not_read_for_ten_seconds(double seconds, bool held) =>
        Assert.That(After(null, Wrong).IsActive(Noon.AddSeconds(seconds)), Is.EqualTo(held));

    [TestCase(29.9, true)]
    [TestCase(30, false)]
    public void Unchanged_credentials_are_not_checked_again_for_ten_seconds(double seconds, bool held) =>
        Assert.That(After(null, Wrong).CredentialsChecked(Noon.AddSeconds(20)).IsActive(Noon.AddSeconds(seconds)), Is.EqualTo(held));

    [Test]
    public void Checking_the_credentials_does_not_extend_it()
    {
        var asked = After(null, Wrong).CredentialsChecked(Noon.AddSeconds(55));

        Assert.Multiple(() =>
        {
            Assert.That(asked.IsActive(Noon.AddSeconds(59.9)), Is.True);
            Assert.That(asked.IsActive(Noon.AddSeconds(60)), Is.False);
            Assert.That(asked.Forbids(Wrong, Noon.AddSeconds(60)), Is.False);
        });
    }

    [Test]
    public void A_short_pause_is_not_active_for_longer_than_its_length()
    {
        var coolDown = CoolDown.After(null, Rejection, Wrong, TimeSpan.FromSeconds(5), Noon);

        Assert.That(coolDown.IsActive(Noon.AddSeconds(5)), Is.False);
    }

    [Test]
    public void A_clock_that_was_set_back_ends_it()
    {
        var coolDown = After(null, Wrong);

        Assert.Multiple(() =>
        {
            Assert.That(coolDown.Forbids(Wrong, Noon.AddHours(-1)), Is.False);
            Assert.That(coolDown.IsActive(Noon.AddHours(-1)), Is.False);
        });
    }

    [Test]
    public void After_other_credentials_were_sent_the_last_ones_are_not_the_rejected_ones()
    {
        var coolDown = After(null, Wrong);

        Assert.That((coolDown.IsRejection, coolDown.Sent(Other).IsRejection), Is.EqualTo((true, false)));
    }

    [Test]
    public void After_the_rejected_ones_were_sent_again_without_a_verdict_they_still_are() => Assert.That(After(null, Wrong).Sent(Wrong).IsRejection, Is.True);

    private static CoolDown After(CoolDown? last, CredentialsFingerprint sent) => CoolDown.After(last, Rejection, sent, TimeSpan.FromMinutes(1), Noon);
}
