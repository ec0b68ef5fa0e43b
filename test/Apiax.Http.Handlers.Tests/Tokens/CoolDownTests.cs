namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class CoolDownTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly CredentialsFingerprint Wrong = CredentialsFingerprint.Of("user", "wrong");
    private static readonly CredentialsFingerprint Other = CredentialsFingerprint.Of("user", "other");
    private static readonly ApiaxAuthException Rejection = new(ApiaxAuthFailure.CredentialsRejected, "rejected");

    [Test]
    public void Credentials_that_never_worked_cool_down_from_a_minute_doubling_to_a_quarter_of_an_hour() =>
        Assert.That(LengthsOfCoolDowns(haveWorked: false, count: 6), Is.EqualTo("60 120 240 480 900 900"));

    [Test]
    public void Credentials_that_have_worked_cool_down_from_five_seconds_doubling_to_a_quarter_of_an_hour() =>
        Assert.That(LengthsOfCoolDowns(haveWorked: true, count: 10), Is.EqualTo("5 10 20 40 80 160 320 640 900 900"));

    [Test]
    public void Other_credentials_that_are_rejected_too_make_it_longer() =>
        Assert.That(After(After(null, Wrong), Other).Pause.Length, Is.EqualTo(TimeSpan.FromMinutes(2)));

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
    public void Nobody_looks_at_the_credentials_for_ten_seconds(double seconds, bool held) =>
        Assert.That(After(null, Wrong).Holds(Noon.AddSeconds(seconds)), Is.EqualTo(held));

    [TestCase(29.9, true)]
    [TestCase(30, false)]
    public void A_look_that_found_the_same_is_good_for_ten_seconds(double seconds, bool held) =>
        Assert.That(After(null, Wrong).Asked(Noon.AddSeconds(20)).Holds(Noon.AddSeconds(seconds)), Is.EqualTo(held));

    [Test]
    public void A_look_does_not_make_it_longer()
    {
        var asked = After(null, Wrong).Asked(Noon.AddSeconds(55));

        Assert.Multiple(() =>
        {
            Assert.That(asked.Holds(Noon.AddSeconds(59.9)), Is.True);
            Assert.That(asked.Holds(Noon.AddSeconds(60)), Is.False);
            Assert.That(asked.Forbids(Wrong, Noon.AddSeconds(60)), Is.False);
        });
    }

    [Test]
    public void A_short_one_does_not_hold_longer_than_it_lasts()
    {
        var coolDown = CoolDown.After(null, Rejection, Wrong, haveWorked: true, Noon);

        Assert.That(coolDown.Holds(Noon.AddSeconds(5)), Is.False);
    }

    [Test]
    public void Where_all_replicas_have_one_together_it_is_as_long_as_theirs()
    {
        var theirs = TimeSpan.FromMinutes(7);
        var coolDown = CoolDown.After(null, Rejection, Wrong, haveWorked: false, Noon, theirs);

        Assert.That((coolDown.Pause.Length, coolDown.Rejections), Is.EqualTo((theirs, 1)));
    }

    [Test]
    public void A_clock_set_back_ends_it()
    {
        var coolDown = After(null, Wrong);

        Assert.Multiple(() =>
        {
            Assert.That(coolDown.Forbids(Wrong, Noon.AddHours(-1)), Is.False);
            Assert.That(coolDown.Holds(Noon.AddHours(-1)), Is.False);
        });
    }

    private static string LengthsOfCoolDowns(bool haveWorked, int count)
    {
        CoolDown? last = null;
        var lengths = Enumerable.Range(0, count).Select(hour => (last = CoolDown.After(last, Rejection, Wrong, haveWorked, Noon.AddHours(hour))).Pause.Length);
        return string.Join(' ', lengths.Select(length => length.TotalSeconds));
    }

    private static CoolDown After(CoolDown? last, CredentialsFingerprint sent) => CoolDown.After(last, Rejection, sent, haveWorked: false, Noon);
}
