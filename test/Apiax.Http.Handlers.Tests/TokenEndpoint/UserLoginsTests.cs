namespace Apiax.Http.Handlers.Tests;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class UserLoginsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly ApiaxAuthException Failure = new(ApiaxAuthFailure.CredentialsRejected, "rejected");

    private readonly UserLogins _logins = new();

    [Test]
    public void A_user_is_kept_while_it_is_in_use_or_something_about_it_is_recorded()
    {
        var (used, failed, unanswered, rejected) = (Take("used"), Take("failed"), Take("unanswered"), Take("rejected"));
        failed.Failed(Noon);
        unanswered.Unanswered(Failure, Noon);
        rejected.Rejected(CredentialsFingerprint.Of("rejected", "wrong"), Failure, isAmbiguous: false, TimeSpan.Zero, Noon);

        _logins.Return(failed, Noon.AddSeconds(1));
        _logins.Return(unanswered, Noon.AddSeconds(1));
        _logins.Return(rejected, Noon.AddSeconds(1));
        Assert.That(Kept(at: Noon.AddSeconds(1)), Is.EqualTo(4));

        Assert.That(Kept(at: Noon.AddSeconds(29)), Is.EqualTo(3));
        Assert.That(Kept(at: Noon.AddSeconds(30)), Is.EqualTo(2));
        Assert.That(Kept(at: Noon.AddDays(1)), Is.EqualTo(2));
        Assert.That(Kept(at: Noon.AddDays(1.02)), Is.EqualTo(1));
        Assert.That(Take("USED"), Is.SameAs(used));
    }

    [Test]
    public void Thousands_of_endpoints_leave_nothing_behind()
    {
        for (var port = 1; port <= 10_000; port++)
        {
            var user = _logins.Take(new Uri($"http://127.0.0.1:{port}/token"), "anna");
            user.Accepted(CredentialsFingerprint.Of("anna", "right"));
            _logins.Return(user, Noon);
        }

        Assert.That(_logins.Count, Is.Zero);
    }

    private UserLogin Take(string name) => _logins.Take(new Uri("https://api.apiax.io/token"), name);

    private int Kept(DateTimeOffset at)
    {
        _logins.Return(Take("another"), at);
        return _logins.Count;
    }
}
