namespace Apiax.Http.Handlers.Tests;

/// <summary>Who may use the shared refresh token, and when it is given back.</summary>
[TestFixture]
internal sealed class ClaimTests
{
    private static readonly TimeSpan Due = TimeSpan.FromMinutes(18.5);
    private static readonly string Account = StoredAccount.NameOf(ApiaxAuthDefaults.TokenEndpoint.AbsoluteUri, ApiaxAuthDefaults.ClientId, "anna", scope: null);

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_replica_without_egress_or_that_meets_a_page_costs_no_password_and_the_others_refresh(bool isPage)
    {
        await using var cluster = new Cluster(replicas: 2);
        await cluster.GetAllAsync();
        cluster.Time.Advance(Due);
        (cluster[0].HasNoEgress, cluster.Endpoint.Fault) = (!isPage, isPage ? TokenEndpointStub.Html : null);
        await cluster[0].GetAsync();
        await cluster.PassUntilAsync(cluster[0].Logs.WaitForAsync("NoToken"));
        cluster.Endpoint.Fault = null;

        await cluster[1].RefreshAsync();

        Assert.That(cluster.Endpoint.Logins, Is.EqualTo(1));
        Assert.That(cluster.Endpoint.Forms[^1]["refresh_token"], Is.EqualTo("refresh-1"));
    }

    [Test]
    public async Task A_version_never_comes_back_when_the_store_s_clock_is_set_back()
    {
        await using var cluster = new Cluster(replicas: 2);
        await cluster.GetAllAsync();
        var before = await cluster.Store.ReadAsync(Account, default);
        cluster.Store.ClockCorrection = TimeSpan.FromDays(-1);
        cluster.Time.Advance(Due);

        await cluster.RefreshAllAsync();

        Assert.That((await cluster.Store.ReadAsync(Account, default)).Version, Is.EqualTo(before.Version + 1));
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task The_refresh_token_of_an_entry_older_than_one_seen_is_used_by_nobody_who_saw_that()
    {
        await using var cluster = new Cluster(replicas: 1);
        await cluster[0].GetAsync();
        var old = await cluster.Store.ReadAsync(Account, default);
        cluster.Time.Advance(TimeSpan.FromMinutes(10));
        await cluster[0].ReplaceAsync(await cluster[0].GetAsync());

        // As after a failover to a server that had not received the last write.
        cluster.Store.Clear();
        var failover = new TokenStoreCommit { Owner = "failover", Number = 1, ExpectedVersion = 0, Version = old.Version, Content = old.Content, Keep = TimeSpan.FromDays(1), ReleasesClaim = true };
        await cluster.Store.CommitAsync(Account, failover, default);
        cluster.Time.Advance(TimeSpan.FromMinutes(31));
        await cluster.PassForAsync(cluster[0].GetAsync());

        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((2, 1)));
        Assert.That(cluster.ReusedRefreshTokens, Is.Empty);
    }

    [Test]
    public async Task A_commit_whose_answer_is_lost_is_found_written_and_costs_nothing()
    {
        await using var cluster = new Cluster(replicas: 2);
        await cluster.GetAllAsync();
        cluster[0].Store.LosesAnswers = true;
        cluster.Time.Advance(Due);
        var token = await cluster[0].RefreshAsync();
        cluster[0].Store.LosesAnswers = false;

        Assert.That((await cluster[1].RefreshAsync()).Value, Is.EqualTo(token.Value));
        cluster.Time.Advance(TimeSpan.FromMinutes(26));
        await cluster.PassUntilAsync(cluster.RefreshAllAsync());

        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((1, 2)));
        Assert.That(cluster.ReusedRefreshTokens, Is.Empty);
    }

    [Test]
    public async Task A_login_whose_commit_had_no_answer_is_not_saved_later_over_an_empty_store()
    {
        await using var cluster = new Cluster(replicas: 1);
        cluster[0].Store.LosesCommits = true;
        await cluster[0].GetAsync();
        cluster[0].Store.LosesCommits = false;
        await cluster.PassUntilAsync(Task.Delay(TimeSpan.FromSeconds(5), cluster.Time));

        Assert.That((await cluster.Store.ReadAsync(Account, default)).Version, Is.Zero, "it may have been written, used, and lost with the store's data");
    }

    [Test]
    public async Task A_token_that_is_about_to_end_is_no_offer()
    {
        await using var cluster = new Cluster(replicas: 1);
        await cluster[0].GetAsync();
        cluster.Time.Advance(TimeSpan.FromMinutes(28));

        Assert.That((await cluster.Add().GetAsync()).Value, Is.EqualTo("access-2"));
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((1, 1)));
    }
}
