using System.Text;

namespace Apiax.Http.Handlers.Tests;

/// <summary>A turn that was taken over, a store that lost its data, a wait that takes too long.</summary>
[TestFixture]
internal sealed class LostTurnTests
{
    private static readonly TimeSpan Due = TimeSpan.FromMinutes(18.5);
    private static readonly TimeSpan AMinute = TimeSpan.FromMinutes(1);
    private static readonly string Account = StoredAccount.NameOf(ApiaxAuthDefaults.TokenEndpoint.AbsoluteUri, ApiaxAuthDefaults.ClientId, "anna", scope: " ");

    [Test]
    public async Task A_refused_refresh_while_the_store_is_unavailable_is_followed_by_a_login()
    {
        await using var cluster = new Cluster(replicas: 1, Patient);
        var old = await StallAsync(cluster);
        cluster[0].Store.IsCut = true;
        cluster.Endpoint.RefusesRefreshTokens = true;
        cluster[0].HoldBefore!.Open();

        await cluster[0].TokenReplacedAsync(old);

        Assert.That(cluster.Endpoint.Logins, Is.EqualTo(2));
    }

    [Test]
    public async Task After_a_refused_refresh_there_is_no_login_if_another_replica_has_signed_in()
    {
        await using var cluster = new Cluster(replicas: 2, Patient);
        var old = await StallAsync(cluster);
        await cluster.PassUntilAsync(cluster[1].TokenReplacedAsync(old));
        cluster.Endpoint.RefusesRefreshTokens = true;
        cluster[0].HoldBefore!.Open();

        await cluster.PassUntilAsync(cluster[0].TokenReplacedAsync(old));

        Assert.That(((await cluster[0].GetAsync()).Value, cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo(("access-2", 2, 1)));
    }

    [Test]
    public async Task A_process_that_was_suspended_does_not_send_its_refresh_token_if_another_has_signed_in()
    {
        await using var cluster = new Cluster(replicas: 2, Patient);
        var old = await StallAsync(cluster);
        await cluster.PassUntilAsync(cluster[1].TokenReplacedAsync(old));
        cluster[0].Store.IsStopped = false;

        await cluster.PassUntilAsync(cluster[0].TokenReplacedAsync(old));

        Assert.That(((await cluster[0].GetAsync()).Value, cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo(("access-2", 2, 0)));
    }

    [Test]
    public async Task A_login_under_way_is_not_stopped_by_the_tokens_of_another()
    {
        await using var cluster = new Cluster(replicas: 2, Patient);
        await cluster.GetAllAsync();
        cluster.Time.Advance(TimeSpan.FromMinutes(31));
        cluster.Endpoint.RefusesRefreshTokens = true;
        var (call, login) = await HoldLoginAsync(cluster[0], replica => replica.GetAsync());
        cluster[0].Store.IsStopped = true;
        var other = await cluster.PassForAsync(cluster[1].GetAsync());
        cluster[0].Store.IsStopped = false;

        var renewals = cluster[0].Store.Renewals;
        await cluster.PassUntilAsync(cluster[0].RenewedAsync(renewals + 2));
        Assert.That(call.IsCompleted, Is.False);
        login.Open();

        Assert.That(((await call).Value, other.Value, cluster.Endpoint.Logins), Is.EqualTo(("access-3", "access-3", 3)));
        await cluster[0].Tokens.DisposeAsync().AsTask().Soon();
        Assert.That(cluster.Endpoint.Revocations.Select(form => form["refresh_token"]), Is.EqualTo(["refresh-2"]), "its session is not left open");
    }

    [Test]
    public async Task A_process_that_knows_of_anothers_tokens_sends_no_password_although_the_store_then_does_not_answer()
    {
        await using var cluster = new Cluster(replicas: 0);
        var vault = new HeldVault();
        await cluster.Add(Patient, credentials: vault).GetAsync();
        cluster.Endpoint.RefusesRefreshTokens = true;
        cluster.Time.Advance(Due);
        var hold = vault.Hold = new Gate();
        await cluster[0].GetAsync();
        await hold.Arrived;
        var version = (await cluster.Store.ReadAsync(Account, default)).Version;
        await cluster.Store.CommitAsync(Account, new TokenStoreCommit { Owner = "another", Number = 1, ExpectedVersion = version, Version = version + 1, Content = Encoding.UTF8.GetBytes("{}"), Keep = AMinute }, default);
        await cluster.PassUntilAsync(cluster[0].RenewedAsync(cluster[0].Store.Renewals + 2));

        cluster[0].Store.IsCut = true;
        hold.Open();
        await cluster[0].TriedAsync(cluster.Time.GetUtcNow());

        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task A_store_that_loses_its_data_during_a_refresh_gets_the_session_with_the_next_refresh()
    {
        await using var cluster = new Cluster(replicas: 1);
        var old = await cluster[0].GetAsync();
        cluster.Time.Advance(Due);
        var hold = cluster[0].Hold = new Gate();
        await cluster[0].GetAsync();
        await hold.Arrived;

        cluster.Store.Clear();
        hold.Open();
        await cluster[0].TokenReplacedAsync(old);

        cluster[0].Hold = null;
        cluster.Time.Advance(TimeSpan.FromMinutes(26));
        await cluster[0].RefreshAsync();

        Assert.That((await cluster.Add().GetAsync()).Value, Is.EqualTo("access-3"));
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((1, 2)));
        Assert.That(cluster.ReusedRefreshTokens, Is.Empty);
    }

    [Test]
    public async Task A_replica_that_lost_its_turn_in_a_login_without_an_answer_uses_the_token_of_the_other()
    {
        await using var cluster = new Cluster(replicas: 2);
        await cluster.GetAllAsync();
        cluster.Time.Advance(TimeSpan.FromMinutes(31));
        cluster.Endpoint.RefusesRefreshTokens = true;
        cluster.Endpoint.Fault = () => cluster.Endpoint.Forms[^1]["grant_type"] == "password" ? new HttpResponseMessage(System.Net.HttpStatusCode.BadGateway) : null!;
        var (failure, login) = await HoldLoginAsync(cluster[0], replica => replica.FailureAsync());

        cluster[0].Store.IsCut = true;
        cluster.Endpoint.Fault = null;
        var other = await cluster.PassForAsync(cluster[1].GetAsync());
        cluster[0].Store.IsCut = false;
        login.Open();
        await cluster.PassForAsync(failure);
        cluster.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.That((await cluster[0].GetAsync()).Value, Is.EqualTo(other.Value));
    }

    [Test]
    public async Task An_entry_of_another_version_is_never_overruled()
    {
        await using var cluster = new Cluster(replicas: 1);
        var hold = cluster[0].Hold = new Gate();
        var call = cluster[0].GetAsync();
        await hold.Arrived;
        await cluster.Store.CommitAsync(Account, new TokenStoreCommit { Owner = "another", Number = 1, ExpectedVersion = 0, Version = 7, Content = Encoding.UTF8.GetBytes("{}"), Keep = AMinute }, default);

        hold.Open();

        Assert.That((await call).Value, Is.EqualTo("access-1"), "it serves its own process");
        Assert.That((await cluster.Store.ReadAsync(Account, default)).Version, Is.EqualTo(7));
    }

    [Test]
    public async Task A_replica_without_a_token_waits_for_another_for_a_limited_time()
    {
        await using var cluster = new Cluster(replicas: 1, Patient);
        cluster.Add(options => (options.AttemptTimeout, options.TokenTimeout) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3)));
        var hold = cluster[0].Hold = new Gate();
        var slow = cluster[0].GetAsync();
        await hold.Arrived;

        // Together with the owner's renewals: if time passed without them, the owner would count as silent.
        var (failure, start) = (cluster[1].FailureAsync(), cluster.Time.GetUtcNow());
        for (var step = 0; step < 24 && !failure.IsCompleted; step++)
        {
            await cluster[0].RenewedAsync(times: step / 2);
            await Task.WhenAny(failure, Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System));
            cluster.Time.Advance(TimeSpan.FromMilliseconds(250));
        }

        var waited = cluster.Time.GetUtcNow() - start;
        Assert.That((await failure).Reason, Is.EqualTo(ApiaxAuthFailure.Unavailable));
        Assert.That((await failure).Message, Does.Contain("other replica"));
        Assert.That(waited, Is.LessThan(TimeSpan.FromSeconds(6)));
        hold.Open();
        await slow;
    }

    [Test]
    public async Task A_valid_token_stays_in_use_while_another_replica_is_slow()
    {
        await using var cluster = new Cluster(replicas: 1, Patient);
        await cluster[0].GetAsync();
        await cluster.Add(options => options.TokenTimeout = TimeSpan.FromSeconds(20)).GetAsync();
        cluster.Time.Advance(Due);
        var hold = cluster[0].Hold = new Gate();
        await cluster[0].GetAsync();
        await hold.Arrived;

        await cluster[1].GetAsync();
        await cluster.PassUntilAsync(Task.Delay(TimeSpan.FromSeconds(15), cluster.Time));

        Assert.That((await cluster[1].GetAsync()).Value, Is.EqualTo("access-1"));
        Assert.That((cluster[1].Requests, cluster[1].Logs.Of("NoToken").Count()), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task A_vault_that_fails_or_hangs_before_the_first_look_at_the_store_is_a_failed_flight()
    {
        await using var cluster = new Cluster(replicas: 0);
        var failing = cluster.Add(credentials: new CredentialsStub { Failure = new IOException("no vault") });
        var hanging = cluster.Add(credentials: new Hanging());

        Assert.That((await failing.FailureAsync()).Message, Does.Contain("credentials could not be obtained"));
        var failure = hanging.FailureAsync();
        await cluster.PassUntilAsync(failure);
        Assert.That((await failure).Message, Does.Contain("the credentials provider took too long"));
    }

    [Test]
    public async Task A_refused_refresh_token_is_removed_for_all_replicas_even_if_no_password_could_be_obtained()
    {
        await using var cluster = new Cluster(replicas: 0);
        var vault = new CredentialsStub();
        var token = await cluster.Add(credentials: vault).GetAsync();
        vault.Failure = new IOException("no vault");
        cluster.Endpoint.RefusesRefreshTokens = true;
        await Waiting.FailureOf(cluster[0].Tokens.ReplaceTokenAsync(token));

        cluster.Endpoint.RefusesRefreshTokens = false;
        var other = cluster.Add();
        await other.ReplaceAsync(await other.GetAsync());

        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((2, 1)));
    }

    [Test]
    public async Task A_process_with_a_pending_commit_does_not_use_the_stored_refresh_token()
    {
        await using var cluster = new Cluster(replicas: 1);
        var old = await cluster[0].GetAsync();
        cluster[0].Store.LosesCommits = true;
        cluster.Time.Advance(Due);
        await cluster[0].RefreshAsync();
        cluster.Time.Advance(TimeSpan.FromMinutes(31));

        var alone = await cluster[0].GetAsync();

        Assert.That((alone.Value, old.Value), Is.EqualTo(("access-3", "access-1")));
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((2, 1)));
        Assert.That(cluster.ReusedRefreshTokens, Is.Empty);
    }

    [Test]
    public async Task A_token_that_could_not_be_saved_within_ten_minutes_is_not_saved()
    {
        await using var cluster = new Cluster(replicas: 1);
        await cluster[0].GetAsync();
        var before = await cluster.Store.ReadAsync(Account, default);
        cluster[0].Store.LosesCommits = true;
        cluster.Time.Advance(Due);
        await cluster[0].RefreshAsync();

        cluster.Time.Advance(TimeSpan.FromMinutes(10));
        cluster[0].Store.LosesCommits = false;
        await cluster.PassUntilAsync(Task.Delay(TimeSpan.FromSeconds(5), cluster.Time));

        Assert.That((await cluster.Store.ReadAsync(Account, default)).Version, Is.EqualTo(before.Version), "all would take it for forged");
    }

    [Test]
    public async Task A_process_that_ends_tries_again_to_send_its_pending_commit()
    {
        await using var cluster = new Cluster(replicas: 1);
        await cluster[0].GetAsync();
        cluster[0].Store.LosesCommits = true;
        cluster.Time.Advance(Due);
        var token = await cluster[0].RefreshAsync();

        cluster[0].Store.LosesCommits = false;
        await cluster[0].Tokens.DisposeAsync().AsTask().Soon();

        Assert.That((await cluster.Add().GetAsync()).Value, Is.EqualTo(token.Value));
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task The_end_of_a_turn_that_could_not_be_written_is_written_when_the_store_is_available()
    {
        await using var cluster = new Cluster(replicas: 1);
        var hold = cluster[0].Hold = new Gate();
        cluster.Endpoint.Fault = TokenEndpointStub.Html;
        var failed = cluster[0].FailureAsync();
        await hold.Arrived;
        cluster[0].Store.IsCut = true;
        hold.Open();
        await failed;
        Assert.That(HasEnded(), Is.False);

        cluster[0].Store.IsCut = false;
        await cluster.PassUntilAsync(Waiting.UntilAsync(() => Task.FromResult(HasEnded()), "the turn is not ended"));

        bool HasEnded()
        {
            lock (cluster[0].Store.Commits)
                return cluster[0].Store.Commits.Exists(commit => !commit.KeepsTurn);
        }
    }

    [Test]
    public async Task A_process_that_ends_abandons_a_request_and_its_turn_after_five_seconds([Values] bool isRefresh)
    {
        await using var cluster = new Cluster(replicas: 1, Patient);
        if (isRefresh)
        {
            await cluster[0].GetAsync();
            cluster.Time.Advance(TimeSpan.FromMinutes(31));
        }

        var hold = cluster[0].HoldBefore = new Gate();
        var call = cluster[0].Tokens.GetTokenAsync().AsTask();
        await hold.Arrived;
        var end = cluster[0].Tokens.DisposeAsync().AsTask();
        await cluster.PassUntilAsync(end);
        await Waiting.FailureOf<ApiaxAuthException>(call);

        var start = cluster.Time.GetUtcNow();
        await cluster.PassForAsync(cluster.Add().GetAsync());

        Assert.That(cluster.Time.GetUtcNow() - start, Is.LessThan(TimeSpan.FromSeconds(5)), "nobody waits for a turn that nobody has");
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((isRefresh ? 2 : 1, 0)), "what became of a refresh token that was cut off nobody knows");
    }

    [Test]
    public async Task A_password_that_a_process_abandons_when_it_ends_is_not_sent_by_another_for_thirty_seconds()
    {
        await using var cluster = new Cluster(replicas: 2, Patient);
        var hold = cluster[0].Hold = new Gate();
        var call = cluster[0].Tokens.GetTokenAsync().AsTask();
        await hold.Arrived;
        var other = cluster[1].FailureAsync();
        await cluster[1].WaitsAsync(times: 1);

        await cluster.PassUntilAsync(cluster[0].Tokens.DisposeAsync().AsTask());

        Assert.That((await cluster.PassForAsync(other)).RetryAfter, Is.GreaterThan(TimeSpan.FromSeconds(28)));
        Assert.That((await Waiting.FailureOf<ApiaxAuthException>(call)).Reason, Is.EqualTo(ApiaxAuthFailure.Unavailable));
        Assert.That(cluster.Endpoint.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task A_logger_that_throws_loses_no_token()
    {
        await using var cluster = new Cluster(replicas: 0);
        var store = new StoreLink(cluster.Store) { IsCut = true };
        var options = new ApiaxAuthOptions { Username = "anna", Password = "right" };
        await using var tokens = ApiaxAccessTokens.Create(options, credentials: null, cluster.Endpoint, cluster.Time, new BrokenLogs(), store);

        Assert.That((await tokens.GetTokenAsync().Soon()).Value, Is.EqualTo("access-1"));
    }

    /// <summary>A replica whose refresh is under way while its turn is not renewed.</summary>
    private static async Task<ApiaxAccessToken> StallAsync(Cluster cluster)
    {
        var tokens = await cluster.GetAllAsync();
        cluster.Time.Advance(Due);
        var hold = cluster[0].HoldBefore = new Gate();
        await cluster[0].GetAsync();
        await hold.Arrived;
        cluster[0].Store.IsStopped = true;
        return tokens[0];
    }

    /// <summary>A replica whose refresh token is refused, and whose login has an answer that has not arrived.</summary>
    private static async Task<(Task<T> Call, Gate Login)> HoldLoginAsync<T>(Replica replica, Func<Replica, Task<T>> start)
    {
        var refresh = replica.Hold = new Gate();
        var call = start(replica);
        await refresh.Arrived;
        var login = replica.Hold = new Gate();
        refresh.Open();
        await login.Arrived;
        return (call, login);
    }

    private static void Patient(ApiaxAuthOptions options) => (options.AttemptTimeout, options.TokenTimeout) = (TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10));

    private sealed class HeldVault : IApiaxCredentialsProvider
    {
        public Gate? Hold { get; set; }

        public async ValueTask<ApiaxCredentials> GetCredentialsAsync(ApiaxCredentialsRequest request, CancellationToken cancellationToken)
        {
            await (Hold?.PassAsync(cancellationToken) ?? Task.CompletedTask);
            return new ApiaxCredentials("anna", "right");
        }
    }

    private sealed class Hanging : IApiaxCredentialsProvider
    {
        public async ValueTask<ApiaxCredentials> GetCredentialsAsync(ApiaxCredentialsRequest request, CancellationToken cancellationToken) => await new TaskCompletionSource<ApiaxCredentials>().Task;
    }
}
