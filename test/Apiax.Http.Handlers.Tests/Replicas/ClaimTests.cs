using System.Net;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Which replica may use the shared refresh token, and when the claim is released.</summary>
[TestFixture]
internal sealed class ClaimTests
{
    private static readonly TimeSpan Due = TimeSpan.FromMinutes(18.5);
    private static readonly string Account = StoredAccount.NameOf(ApiaxAuthDefaults.TokenEndpoint.AbsoluteUri, ApiaxAuthDefaults.ClientId, "anna", scope: null);

    [TestCase(null, TestName = "{m}(no connection)")]
    [TestCase(HttpStatusCode.NotFound, TestName = "{m}(a page)")]
    [TestCase(HttpStatusCode.TooManyRequests, TestName = "{m}(429)")]
    public async Task If_a_replica_has_certainly_not_used_the_refresh_token_another_one_refreshes_with_it(HttpStatusCode? answer)
    {
        await using var cluster = new Cluster(replicas: 2);
        await cluster.GetAllAsync();
        cluster.Time.Advance(Due);
        (cluster[0].HasNoEgress, cluster.Endpoint.Fault) = (answer is null, answer is { } status ? () => new HttpResponseMessage(status) { Content = new StringContent("<html/>") } : null);
        await cluster[0].GetAsync();
        await cluster.PassUntilAsync(cluster[0].Logs.WaitForAsync("NoToken"));
        cluster.Endpoint.Fault = null;

        await cluster[1].RefreshAsync();

        Assert.That(cluster.Endpoint.Logins, Is.EqualTo(1));
        Assert.That(cluster.Endpoint.Forms[^1]["refresh_token"], Is.EqualTo("refresh-1"));
    }

    [Test]
    public async Task A_refresh_without_an_answer_is_tried_again_by_its_owner_and_the_others_wait_for_it()
    {
        await using var cluster = new Cluster(replicas: 2);
        await LeaveInDoubtAsync(cluster);
        var turn = (await cluster.Store.ReadAsync(Account, default)).Turn;
        var other = await cluster[1].FailureAsync();
        Assert.That((turn, other.Reason, cluster[1].Requests), Is.EqualTo((TokenStoreTurn.Another, ApiaxAuthFailure.Unavailable, 0)));

        cluster.Time.Advance(TimeSpan.FromSeconds(75));
        var tokens = new[] { await cluster[0].GetAsync(), await cluster[1].GetAsync() };

        Assert.That(tokens.Select(token => token.Value), Is.All.EqualTo("access-2"));
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Forms[^1]["refresh_token"]), Is.EqualTo((1, "refresh-1")));
    }

    [Test]
    public async Task A_turn_that_is_kept_after_a_long_refresh_is_renewed_to_its_end_and_then_ended()
    {
        await using var cluster = new Cluster(replicas: 1);
        await cluster[0].GetAsync();
        var known = (await cluster.Store.ReadAsync(Account, default)).Version;
        cluster.Time.Advance(TimeSpan.FromMinutes(31));
        var hold = cluster[0].Hold = new Gate();
        cluster.Endpoint.Fault = TokenEndpointStub.Overloaded;
        var failure = cluster[0].FailureAsync();
        await hold.Arrived;
        await cluster.PassUntilAsync(Task.Delay(TimeSpan.FromSeconds(20), cluster.Time));
        hold.Open();
        await cluster.PassUntilAsync(failure);

        await cluster.PassUntilAsync(Task.Delay(TimeSpan.FromSeconds(28), cluster.Time));
        Assert.That((await BeginAsync()).Turn, Is.EqualTo(TokenStoreTurn.Another));

        await cluster.PassUntilAsync(Task.Delay(TimeSpan.FromSeconds(4), cluster.Time));
        Assert.That((await BeginAsync()).Turn, Is.EqualTo(TokenStoreTurn.Caller));

        Task<TokenStoreEntry> BeginAsync() => cluster.Store.BeginAsync(
            Account, new TokenStoreBegin { KnownVersion = known, Owner = "another", Number = 1, Silence = TimeSpan.FromSeconds(10) }, default).AsTask();
    }

    [Test]
    public async Task A_claim_is_never_released_after_a_possible_use()
    {
        await using var cluster = new Cluster(replicas: 2);
        await LeaveInDoubtAsync(cluster);
        cluster.Endpoint.Fault = TokenEndpointStub.Html;
        cluster.Time.Advance(TimeSpan.FromSeconds(75));
        await cluster[0].FailureAsync();

        cluster.Endpoint.Fault = null;
        cluster.Time.Advance(TimeSpan.FromSeconds(75));
        await cluster.PassForAsync(cluster[1].GetAsync());

        Assert.That((cluster[1].Requests, cluster.Endpoint.Logins), Is.EqualTo((1, 2)), "the other one signs in");
    }

    [Test]
    public async Task A_refresh_token_that_the_server_issues_again_is_no_longer_in_doubt()
    {
        await using var cluster = new Cluster(replicas: 2);
        await LeaveInDoubtAsync(cluster);
        cluster.Endpoint.Fault = () => new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StringContent("""{"access_token":"access-1a","expires_in":1800,"refresh_token":"refresh-1"}""", null, "application/json"),
        };
        cluster.Time.Advance(TimeSpan.FromSeconds(75));
        foreach (var replica in cluster.Replicas)
            Assert.That((await replica.GetAsync()).Value, Is.EqualTo("access-1a"));

        cluster.Time.Advance(Due);
        (cluster[0].HasNoEgress, cluster.Endpoint.Fault) = (true, null);
        await cluster[0].GetAsync();
        await cluster.PassUntilAsync(Waiting.UntilAsync(() => Task.FromResult(cluster[0].Logs.Of("NoToken").Count() > 1), "no flight has ended"));
        await cluster[1].RefreshAsync();

        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Forms[^1]["refresh_token"]), Is.EqualTo((1, "refresh-1")));
    }

    [Test]
    public async Task A_replica_that_stays_in_doubt_does_not_stop_the_others()
    {
        await using var cluster = new Cluster(replicas: 2);
        await LeaveInDoubtAsync(cluster);
        for (var attempt = 0; attempt < 3; attempt++)
        {
            cluster.Time.Advance(TimeSpan.FromMinutes(1));
            cluster.Endpoint.Fault = () => new HttpResponseMessage(HttpStatusCode.BadGateway);
            await cluster.PassForAsync(cluster[0].FailureAsync());
        }

        cluster.Endpoint.Fault = null;
        await cluster.PassForAsync(cluster[1].GetAsync());

        Assert.That((cluster[1].Requests, cluster.Endpoint.Logins, cluster.Endpoint.Forms[^1]["grant_type"]), Is.EqualTo((1, 2, "password")), "it signs in at once, and does not use the refresh token");
    }

    [Test]
    public async Task While_a_server_asks_a_replica_in_doubt_to_wait_no_other_sends_a_password()
    {
        await using var cluster = new Cluster(replicas: 2);
        await LeaveInDoubtAsync(cluster);
        cluster.Time.Advance(TimeSpan.FromSeconds(75));
        cluster.Endpoint.Fault = TokenEndpointStub.Overloaded;
        await cluster[0].FailureAsync();
        cluster.Endpoint.Fault = null;

        var other = await cluster[1].FailureAsync();

        Assert.That(cluster[1].Requests, Is.Zero);
        Assert.That(other.RetryAfter, Is.InRange(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(75)));
    }

    [Test]
    public async Task A_rejected_password_of_another_replica_does_not_end_the_session()
    {
        await using var cluster = new Cluster(replicas: 2);
        await RejectOtherPasswordAsync(cluster);

        cluster.Time.Advance(TimeSpan.FromSeconds(35));
        var tokens = new[] { await cluster[0].GetAsync(), await cluster[1].GetAsync() };

        Assert.That(tokens.Select(token => token.Value), Is.All.EqualTo("access-2"));
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Forms[^1]["refresh_token"]), Is.EqualTo((2, "refresh-1")));
    }

    [Test]
    public async Task A_refusal_by_a_gateway_does_not_end_the_session_while_another_replicas_rejected_password_is_not_sent()
    {
        await using var cluster = new Cluster(replicas: 2);
        await RejectOtherPasswordAsync(cluster);
        cluster.Time.Advance(TimeSpan.FromSeconds(35));
        cluster.Endpoint.Fault = () => new HttpResponseMessage(HttpStatusCode.Unauthorized);
        Assert.That((await cluster.PassForAsync(cluster[0].FailureAsync())).Reason, Is.EqualTo(ApiaxAuthFailure.CredentialsRejected));

        cluster.Endpoint.Fault = null;
        cluster.Time.Advance(TimeSpan.FromSeconds(10));
        var token = await cluster.PassForAsync(cluster[0].GetAsync());

        Assert.That(token.Value, Is.EqualTo("access-2"));
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Forms[^1]["refresh_token"]), Is.EqualTo((2, "refresh-1")));
    }

    [Test]
    public async Task If_the_shared_refresh_token_is_refused_and_the_login_fails_a_process_uses_its_own_session()
    {
        await using var cluster = new Cluster(replicas: 2);
        cluster[0].Store.IsCut = true;
        foreach (var replica in cluster.Replicas)
            await replica.GetAsync();
        cluster[0].Store.IsCut = false;
        cluster.Time.Advance(TimeSpan.FromMinutes(31));
        cluster.Endpoint.RefusesRefreshTokens = true;
        cluster.Endpoint.Fault = () => cluster.Endpoint.Forms[^1]["grant_type"] == "password" ? TokenEndpointStub.Overloaded() : null!;
        var failure = await cluster[0].FailureAsync();
        Assert.That(cluster.Endpoint.Forms[^2]["refresh_token"], Is.EqualTo("refresh-2"));

        (cluster.Endpoint.RefusesRefreshTokens, cluster.Endpoint.Fault) = (false, null);
        cluster.Time.Advance(failure.RetryAfter!.Value);
        await cluster[0].GetAsync();

        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Forms[^1].GetValueOrDefault("refresh_token")), Is.EqualTo((3, "refresh-1")));
    }

    [Test]
    public async Task The_version_of_an_entry_that_cannot_be_read_does_not_count()
    {
        await using var cluster = new Cluster(replicas: 1);
        var forged = new TokenStoreCommit { Owner = "stranger", Number = 1, ExpectedVersion = 0, Version = 1L << 53, Content = new byte[] { 1 }, Keep = TimeSpan.FromHours(1) };
        await cluster.Store.CommitAsync(Account, forged, default);
        await cluster[0].GetAsync();

        Assert.That((await cluster.Store.ReadAsync(Account, default)).Version, Is.InRange(1, forged.Version - 1));
    }

    [Test]
    public async Task No_version_is_used_twice_after_the_stores_clock_was_set_back()
    {
        await using var cluster = new Cluster(replicas: 2);
        await cluster.GetAllAsync();
        var before = await cluster.Store.ReadAsync(Account, default);
        cluster.Store.ClockCorrection = TimeSpan.FromDays(-1);
        cluster.Time.Advance(Due);

        await cluster.RefreshAllAsync();

        Assert.That((await cluster.Store.ReadAsync(Account, default)).Version, Is.GreaterThan(before.Version));
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task A_replica_that_saw_a_newer_entry_does_not_use_the_refresh_token_of_an_older_one()
    {
        await using var cluster = new Cluster(replicas: 2);
        var first = await cluster[0].GetAsync();
        var old = await cluster.Store.ReadAsync(Account, default);
        cluster.Time.Advance(TimeSpan.FromMinutes(10));
        await cluster[1].ReplaceAsync(await cluster[1].GetAsync());
        await cluster[0].ReplaceAsync(first);

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
    public async Task A_commit_whose_answer_is_lost_needs_no_other_token_request()
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
    public async Task A_replica_that_cannot_decrypt_its_own_entry_does_not_use_the_refresh_token_in_it()
    {
        await using var cluster = new Cluster(replicas: 2);
        cluster[0].Store.CannotDecrypt = true;
        await cluster[0].GetAsync();
        await cluster[1].GetAsync();
        cluster.Time.Advance(Due);
        await cluster[1].RefreshAsync();
        cluster.Time.Advance(TimeSpan.FromMinutes(8));

        cluster[0].Store.IsCut = true;
        await cluster[0].GetAsync();
        await cluster[0].TriedAsync(cluster.Time.GetUtcNow());

        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((1, 1)));
        Assert.That(cluster.ReusedRefreshTokens, Is.Empty);
    }

    [Test]
    public async Task A_replica_that_cannot_read_the_entry_gives_the_claim_back()
    {
        await using var cluster = new Cluster(replicas: 2);
        await cluster[0].GetAsync();
        cluster[1].Store.CannotDecrypt = cluster[1].HasNoEgress = true;
        await cluster.PassForAsync(cluster[1].FailureAsync());
        cluster.Time.Advance(Due);

        await cluster[0].RefreshAsync();

        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((1, 1)));
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
    public async Task A_token_that_is_about_to_expire_is_used_by_a_replica_that_needs_one_and_refreshed_meanwhile()
    {
        await using var cluster = new Cluster(replicas: 1);
        await cluster[0].GetAsync();
        cluster.Time.Advance(TimeSpan.FromMinutes(28));
        var second = cluster.Add();

        Assert.That((await second.GetAsync()).Value, Is.EqualTo("access-1"));
        Assert.That((await second.RefreshAsync()).Value, Is.EqualTo("access-2"));
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task A_token_that_is_about_to_expire_is_no_replacement_of_one_that_is_valid()
    {
        await using var cluster = new Cluster(replicas: 2);
        cluster[1].Store.IsCut = true;
        await cluster.GetAllAsync();
        cluster[1].Store.IsCut = false;
        cluster.Time.Advance(TimeSpan.FromMinutes(28));

        Assert.That((await cluster[1].RefreshAsync()).Value, Is.EqualTo("access-3"), "refreshed, not adopted");
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((2, 1)));
    }

    /// <summary>The first replica has the claim, in doubt; the password of the second one is rejected.</summary>
    private static async Task RejectOtherPasswordAsync(Cluster cluster)
    {
        await LeaveInDoubtAsync(cluster);
        cluster.Endpoint.Passwords.Add("changed");
        cluster.Time.Advance(TimeSpan.FromSeconds(75));
        cluster.Endpoint.Fault = () => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        await cluster.PassForAsync(cluster[0].FailureAsync());
        cluster.Endpoint.Fault = null;
        Assert.That((await cluster.PassForAsync(cluster[1].FailureAsync())).Reason, Is.EqualTo(ApiaxAuthFailure.CredentialsRejected));
    }

    /// <summary>No token is valid any more, and the first replica has no answer to its refresh.</summary>
    private static async Task LeaveInDoubtAsync(Cluster cluster)
    {
        foreach (var replica in cluster.Replicas)
            await replica.GetAsync();

        cluster.Time.Advance(TimeSpan.FromMinutes(31));
        cluster.Endpoint.Fault = TokenEndpointStub.Overloaded;
        await cluster[0].FailureAsync();
        cluster.Endpoint.Fault = null;
    }
}
