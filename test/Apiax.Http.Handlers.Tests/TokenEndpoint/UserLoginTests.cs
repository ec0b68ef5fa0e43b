namespace Apiax.Http.Handlers.Tests;

/// <summary>What is recorded about a user's passwords; <see cref="PasswordLoginTests"/> test this with requests.</summary>
[TestFixture]
internal sealed class UserLoginTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly ApiaxAuthException Failure = new(ApiaxAuthFailure.CredentialsRejected, "rejected");

    [Test]
    public void Of_more_than_a_hundred_rejected_passwords_the_one_whose_back_off_ends_first_is_forgotten()
    {
        var user = new UserLogin(new Random(7));
        var passwords = Enumerable.Range(0, 101).Select(number => CredentialsFingerprint.Of("anna", $"wrong {number}")).ToList();
        for (var number = 0; number < passwords.Count; number++)
        {
            user.Rejected(passwords[number], Failure, isAmbiguous: false, TimeSpan.Zero, Noon.AddMinutes(number));
            user.Accepted(CredentialsFingerprint.Of("anna", "right"));
        }

        // A password that is already recorded replaces no other.
        user.Rejected(passwords[50], Failure, isAmbiguous: false, TimeSpan.Zero, Noon.AddMinutes(101));

        Assert.That(
            new[] { 50, 1, 0 }.Select(number => user.Rejected(passwords[number], Failure, isAmbiguous: false, TimeSpan.Zero, Noon.AddMinutes(102)).Rejections),
            Is.EqualTo([3, 2, 1]));
    }

    [Test]
    public void After_five_different_passwords_in_a_row_another_one_waits_like_the_last()
    {
        var user = new UserLogin(new Random(7));
        var rejections = new List<int>();
        var now = Noon;
        for (var number = 1; number <= 9; number++)
        {
            var password = CredentialsFingerprint.Of("anna", $"wrong {number}");
            Assert.That(user.BackOffOf(password, now), number <= 5 ? Is.Null : Is.Not.Null);

            if (user.BackOffOf(password, now) is { } backOff)
                now = backOff.Pause.Until;
            rejections.Add(user.Rejected(password, Failure, isAmbiguous: true, TimeSpan.Zero, now).Rejections);
        }

        Assert.That(rejections, Is.EqualTo([0, 0, 0, 0, 1, 2, 3, 4, 5]), "the fifth has no second try, which another password would use");
        Assert.That(now - Noon, Is.GreaterThan(TimeSpan.FromMinutes(5)));

        // What is known of a password itself counts for it.
        Assert.That(user.Rejected(CredentialsFingerprint.Of("anna", "wrong 1"), Failure, isAmbiguous: true, TimeSpan.Zero, now).Rejections, Is.EqualTo(1));

        // An accepted password ends the series.
        user.Accepted(CredentialsFingerprint.Of("anna", "right"));
        Assert.That(user.BackOffOf(CredentialsFingerprint.Of("anna", "wrong 10"), now), Is.Null);
    }

    [Test]
    public void If_the_clock_is_set_back_no_login_waits_until_it_is_as_late_again()
    {
        var user = new UserLogin(new Random(7));
        user.Failed(Noon);

        Assert.That((user.SpacingAt(Noon), user.SpacingAt(Noon.AddHours(-1))), Is.EqualTo((UserLogin.Spacing, TimeSpan.Zero)));
    }

    [TestCase(10, 30, 10)]
    [TestCase(30, 30, 15)]
    public void A_login_needs_the_time_of_an_attempt_or_half_of_the_flights(double attempt, double flight, double least) =>
        Assert.That(
            UserLogin.MinTime(new() { AttemptTimeout = TimeSpan.FromSeconds(attempt), TokenTimeout = TimeSpan.FromSeconds(flight) }),
            Is.EqualTo(TimeSpan.FromSeconds(least)));

    [TestCase(null, 30)]
    [TestCase(10, 30)]
    [TestCase(60, 60)]
    public void After_a_password_without_an_answer_the_pause_is_half_a_minute_or_the_server_s(double? requested, double pause) =>
        Assert.That(
            UserLogin.UnansweredPause(requested is { } seconds ? new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "no answer") { RetryAfter = TimeSpan.FromSeconds(seconds) } : null),
            Is.EqualTo(TimeSpan.FromSeconds(pause)));

    [Test]
    public void A_rejection_older_than_a_day_no_longer_counts()
    {
        var user = new UserLogin(new Random(7));
        var password = CredentialsFingerprint.Of("anna", "wrong");
        for (var rejection = 1; rejection <= 3; rejection++)
            Assert.That(user.Rejected(password, Failure, isAmbiguous: false, TimeSpan.Zero, Noon).Rejections, Is.EqualTo(rejection));

        Assert.That(user.Rejected(password, Failure, isAmbiguous: false, TimeSpan.Zero, Noon.AddDays(3)).Rejections, Is.EqualTo(1));
    }
}
