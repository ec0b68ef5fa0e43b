using Apiax.Http.Handlers.Testing;

namespace Apiax.Http.Handlers.Tests.Testing;

/// <summary>Keycloak's brute-force detection, from 25 to 26.7: of several logins of one user at once, one is accepted.</summary>
[TestFixture]
internal sealed class OverlappingLoginTests : SandboxTests
{
    [TestCase(2)]
    [TestCase(4)]
    [TestCase(16)]
    public async Task Exactly_one_is_accepted_and_the_others_count_as_no_failure(int logins)
    {
        Apiax.LoginDuration = TimeSpan.FromMilliseconds(500);

        var replies = await AtOnceAsync(logins);

        Assert.That(replies.Count(reply => reply.Status == 200), Is.EqualTo(1));
        Assert.That(replies.Where(reply => reply.Status != 200).Select(reply => (reply.Status, reply.Error, reply.Description)), Is.All.EqualTo((401, "invalid_grant", "Invalid user credentials")));
        Assert.That((Apiax.LockOuts, Apiax.Logins), Is.EqualTo((0, 1)));
        Assert.That((await Client.SignInAsync()).Status, Is.EqualTo(200));
    }

    [TestCase(true, "26.8")]
    [TestCase(true, "24.0")]
    [TestCase(false, "26.5")]
    public async Task All_are_accepted_without_the_detection_or_by_another_version(bool detection, string version)
    {
        await RestartAsync(new ApiaxSandboxOptions { BruteForceDetection = detection, KeycloakVersion = Version.Parse(version) });
        Apiax.LoginDuration = TimeSpan.FromMilliseconds(100);

        Assert.That((await AtOnceAsync(8)).Select(reply => reply.Status), Is.All.EqualTo(200));
    }

    [Test]
    public async Task One_after_the_other_all_are_accepted()
    {
        for (var i = 0; i < 20; i++)
            Assert.That((await Client.SignInAsync()).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Another_user_and_a_refresh_do_not_wait()
    {
        Apiax.AddUser("other", "other's");
        var session = await Client.SignInAsync();
        Apiax.LoginDuration = TimeSpan.FromMilliseconds(500);
        var login = Client.SignInAsync();
        await Apiax.TokenRequestsArrivedAsync(2);

        var refresh = await Client.RefreshAsync(session);
        var other = await Client.SignInAsync("other's", "other");

        Assert.That((refresh.Status, other.Status, (await login).Status), Is.EqualTo((200, 200, 200)));
    }

    [Test]
    public async Task A_login_continues_after_its_client_has_disconnected()
    {
        Apiax.LoginDuration = TimeSpan.FromMilliseconds(100);
        using var impatience = new CancellationTokenSource();
        var login = Client.SignInAsync(cancellationToken: impatience.Token);
        await Apiax.TokenRequestsArrivedAsync(1);

        await impatience.CancelAsync();

        Assert.That(() => login, Throws.InstanceOf<OperationCanceledException>());
        await Apiax.TokenRequestsAnsweredAsync(1);
        Assert.That(Apiax.Sessions, Is.EqualTo(1));
    }

    [Test]
    public async Task After_an_ingress_timeout_the_login_continues()
    {
        Apiax.LoginDuration = TimeSpan.FromMilliseconds(300);
        Apiax.IngressTimeout = TimeSpan.FromMilliseconds(20);

        Assert.That((await Client.SignInAsync()).Status, Is.EqualTo(504));
        Assert.That((await Client.SignInAsync()).Description, Is.EqualTo("Invalid user credentials"), "the first is still in progress");
        await Apiax.TokenRequestsAnsweredAsync(2);
        Assert.That((Apiax.TokenRequests[0].Outcome, Apiax.Sessions), Is.EqualTo((SandboxTokenOutcome.Granted, 1)));
    }

    [Test]
    public async Task By_default_a_login_takes_as_long_as_in_Keycloak()
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        Assert.That(apiax.LoginDuration, Is.EqualTo(TimeSpan.FromMilliseconds(50)));
        Assert.That(() => apiax.LoginDuration = TimeSpan.FromTicks(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private async Task<TokenReply[]> AtOnceAsync(int logins)
    {
        // Held until all have arrived: on a busy machine they would not overlap.
        using var hold = Apiax.HoldTokenRequests();
        var replies = Task.WhenAll(Enumerable.Range(0, logins).Select(_ => Client.SignInAsync()));
        await Apiax.TokenRequestsArrivedAsync(logins);
        hold.Dispose();
        return await replies;
    }
}
