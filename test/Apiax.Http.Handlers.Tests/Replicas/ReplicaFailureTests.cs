using System.Text;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class ReplicaFailureTests
{
    private static readonly TimeSpan Due = TimeSpan.FromMinutes(18.5);
    private static readonly string Account = StoredAccount.NameOf(ApiaxAuthDefaults.TokenEndpoint.AbsoluteUri, ApiaxAuthDefaults.ClientId, "anna", scope: null);

    [Test]
    public async Task Without_the_store_a_valid_token_stays_in_use_and_no_request_is_sent()
    {
        await using var cluster = new Cluster(replicas: 2);
        await cluster.GetAllAsync();
        Cut(cluster, isCut: true);
        cluster.Time.Advance(Due);

        var tokens = await cluster.GetAllAsync();
        foreach (var replica in cluster.Replicas)
            await replica.TriedAsync(cluster.Time.GetUtcNow());

        Assert.That(tokens.Select(token => token.Value), Has.All.EqualTo("access-1"));
        Assert.That(cluster.Endpoint.Requests, Is.EqualTo(1));

        Cut(cluster, isCut: false);
        cluster.Time.Advance(TimeSpan.FromSeconds(31));
        await cluster.RefreshAllAsync();
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((1, 1)));
        await cluster[0].Logs.WaitForAsync("TokenStoreBack");
    }

    [Test]
    public async Task Refreshes_that_are_never_answered_cost_one_login_after_ten_minutes_without_a_token()
    {
        await using var cluster = new Cluster(replicas: 2);
        await cluster.GetAllAsync();
        cluster.Endpoint.Fault = () => cluster.Endpoint.Forms[^1]["grant_type"] == "refresh_token" ? throw new HttpRequestException("reset") : null!;
        cluster.Time.Advance(TimeSpan.FromMinutes(31));
        for (var minute = 0; minute < 9; minute++)
        {
            await cluster.PassForAsync(cluster[0].FailureAsync());
            cluster.Time.Advance(TimeSpan.FromMinutes(1));
        }

        cluster.Time.Advance(TimeSpan.FromMinutes(2));

        var tokens = new[] { await cluster.PassForAsync(cluster[0].GetAsync()), await cluster.PassForAsync(cluster[1].GetAsync()) };

        Assert.That(tokens.Select(token => token.Value), Has.All.EqualTo("access-2"));
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((2, 30)), "three attempts a flight");
    }

    [Test]
    public async Task A_replica_that_backs_off_uses_the_token_that_another_one_gets()
    {
        await using var cluster = new Cluster(replicas: 2);
        var backOff = await BackOffAsync(cluster);

        cluster.Endpoint.Fault = null;
        await cluster.PassForAsync(cluster[1].GetAsync());
        cluster.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.That(backOff, Is.GreaterThan(TimeSpan.FromSeconds(12)));
        Assert.That((await cluster[0].GetAsync()).Value, Is.EqualTo("access-1"));
    }

    [Test]
    public async Task A_replica_that_backs_off_looks_at_the_store_every_two_seconds_and_sends_no_request()
    {
        await using var cluster = new Cluster(replicas: 1);
        var backOff = await BackOffAsync(cluster);

        var (calls, requests, logged) = (cluster[0].Store.Calls, cluster.Endpoint.Requests, cluster[0].Logs.Of("NoToken").Count());
        for (var tenth = 0; tenth < 100; tenth++)
        {
            cluster.Time.Advance(TimeSpan.FromSeconds(0.1));
            await cluster[0].FailureAsync();
        }

        Assert.That(backOff, Is.GreaterThan(TimeSpan.FromSeconds(12)));
        Assert.That(cluster[0].Store.Calls - calls, Is.InRange(4, 5));
        Assert.That((cluster.Endpoint.Requests, cluster[0].Logs.Of("NoToken").Count()), Is.EqualTo((requests, logged)));
    }

    [Test]
    public async Task A_process_without_the_store_gets_its_own_tokens_and_logs_that_once()
    {
        await using var cluster = new Cluster(replicas: 1);
        cluster[0].Store.IsCut = true;

        var first = await cluster[0].GetAsync();
        cluster.Time.Advance(TimeSpan.FromMinutes(26));
        await cluster[0].RefreshAsync();

        Assert.That((first.Value, cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo(("access-1", 1, 1)), "its own session it may refresh");
        Assert.That(cluster[0].Logs.Of("TokenStoreFails").Count(), Is.EqualTo(1));

        cluster[0].Store.IsCut = false;
        cluster.Time.Advance(TimeSpan.FromMinutes(26));
        await cluster[0].RefreshAsync();
        await cluster.Add().GetAsync();
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((1, 2)), "and share it when the store is back");
    }

    [Test]
    public async Task A_process_that_was_without_the_store_uses_the_tokens_of_the_others_afterwards()
    {
        await using var cluster = new Cluster(replicas: 2);
        cluster[0].Store.IsCut = true;
        await cluster.GetAllAsync();
        cluster[0].Store.IsCut = false;

        cluster.Time.Advance(TimeSpan.FromMinutes(26));
        await cluster[1].RefreshAsync();
        var token = await cluster[0].RefreshAsync();

        Assert.That(token.Value, Is.EqualTo((await cluster[1].GetAsync()).Value));
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((2, 1)));
    }

    [Test]
    public async Task A_store_that_hangs_delays_one_caller_by_two_and_a_half_seconds_and_the_next_one_not_at_all()
    {
        await using var cluster = new Cluster(replicas: 1);
        cluster[0].Store.Hangs = true;

        var call = cluster[0].GetAsync();
        var waited = await cluster.PassUntilAsync(call);

        Assert.That((await call).Value, Is.EqualTo("access-1"));
        Assert.That(waited, Is.InRange(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10)));
        Assert.That(cluster[0].Store.Calls, Is.EqualTo(1), "it is left alone for three seconds");
    }

    [Test]
    public async Task A_token_that_comes_at_the_end_of_TokenTimeout_is_not_lost_if_the_store_is_slow()
    {
        await using var cluster = new Cluster(replicas: 0);
        var saving = new TaskCompletionSource();
        var store = new StoreLink(cluster.Store)
        {
            OnCommit = async (account, commit) =>
            {
                if (!commit.Content.IsEmpty)
                    saving.TrySetResult();
                await Task.Delay(TimeSpan.FromSeconds(commit.Content.IsEmpty ? 0 : 2), cluster.Time);
                return await cluster.Store.CommitAsync(account, commit, default);
            },
        };
        await using var tokens = ApiaxAccessTokens.Create(new ApiaxAuthOptions { Username = "anna", Password = "right" }, credentials: null, cluster.Endpoint, cluster.Time, loggerFactory: null, store);
        var hold = cluster.Endpoint.Hold = new Gate();
        var call = tokens.GetTokenAsync().Soon();
        await hold.Arrived;
        await cluster.PassUntilAsync(Task.Delay(TimeSpan.FromSeconds(29), cluster.Time));

        hold.Open();
        await saving.Task.Soon();

        Assert.That((await cluster.PassForAsync(call)).Value, Is.EqualTo("access-1"));
    }

    [Test]
    public async Task Replicas_that_start_together_without_an_answer_of_the_store_do_not_all_sign_in_at_once()
    {
        await using var cluster = new Cluster(replicas: 20);
        var sent = new System.Collections.Concurrent.ConcurrentQueue<DateTimeOffset>();
        cluster.Endpoint.OnRequest = () => sent.Enqueue(cluster.Time.GetUtcNow());
        foreach (var replica in cluster.Replicas)
            replica.Store.Hangs = true;

        await cluster.PassUntilAsync(cluster.GetAllAsync());

        Assert.That(sent.Max() - sent.Min(), Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(0.75)));
    }

    [Test]
    public async Task Replicas_that_wait_for_a_turn_when_the_store_stops_answering_do_not_all_sign_in_at_once()
    {
        await using var cluster = new Cluster(replicas: 20);
        var hold = cluster[0].HoldBefore = new Gate();
        var first = cluster[0].GetAsync();
        await hold.Arrived;
        var others = cluster.Replicas.Skip(1).ToList();
        var waiting = others.ConvertAll(other => other.GetAsync());
        foreach (var other in others)
            await other.WaitsAsync(times: 1);

        var sent = new System.Collections.Concurrent.ConcurrentQueue<DateTimeOffset>();
        cluster.Endpoint.OnRequest = () => sent.Enqueue(cluster.Time.GetUtcNow());
        others.ForEach(other => other.Store.Hangs = true);

        // All look at the store after their first wait, and get no answer at the same time.
        cluster.Time.Advance(TimeSpan.FromSeconds(0.25));
        foreach (var other in others)
            await Waiting.UntilAsync(() => Task.FromResult(other.Store.Calls > 2), "it does not look");
        cluster.Time.Advance(GuardedTokenStore.Limit);
        foreach (var other in others)
            await other.Logs.WaitForAsync("TokenStoreFails");
        for (var turn = 0; turn < 20; turn++)
            await Waiting.SettleAsync();
        await cluster.PassUntilAsync(Task.WhenAll(waiting));

        Assert.That(sent.Max() - sent.Min(), Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(0.75)));
        hold.Open();
        await cluster.PassUntilAsync(first);
    }

    [Test]
    public async Task A_refresh_that_could_not_be_saved_is_saved_when_the_store_is_available()
    {
        await using var cluster = new Cluster(replicas: 2);
        await cluster.GetAllAsync();
        cluster[0].Store.LosesCommits = true;
        cluster.Time.Advance(Due);
        var token = await cluster[0].RefreshAsync();

        cluster[0].Store.LosesCommits = false;
        var other = cluster[1].RefreshAsync();
        await cluster.PassUntilAsync(other);

        Assert.That((await other).Value, Is.EqualTo(token.Value));
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((1, 1)));

        cluster.Time.Advance(TimeSpan.FromMinutes(26));
        await cluster.RefreshAllAsync();
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((1, 2)));
        Assert.That(cluster.ReusedRefreshTokens, Is.Empty);
    }

    [Test]
    public async Task Another_replica_logs_in_instead_of_one_that_died_in_its_turn()
    {
        await using var cluster = new Cluster(replicas: 2, Patient);
        var hold = cluster[0].Hold = new Gate();
        var dead = cluster[0].GetAsync();
        await hold.Arrived;
        cluster[0].Store.IsStopped = true;

        var other = cluster[1].GetAsync();
        var waited = await cluster.PassUntilAsync(other);

        Assert.That(((await other).Value, cluster.Endpoint.Logins), Is.EqualTo(("access-2", 2)));
        Assert.That(waited, Is.InRange(TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(30)));
        await cluster[1].Logs.WaitForAsync("TakenOver");

        // It was only suspended: its result comes too late, and it uses the newer token.
        hold.Open();
        Assert.That((await dead).Value, Is.EqualTo("access-2"));
    }

    [Test]
    public async Task A_silent_replica_keeps_its_turn_for_a_minute_while_the_others_have_a_valid_token()
    {
        await using var cluster = new Cluster(replicas: 1);
        await cluster[0].GetAsync();
        await cluster.Add().GetAsync();
        cluster.Time.Advance(Due);
        var hold = cluster[0].Hold = new Gate();
        await cluster[0].GetAsync();
        await hold.Arrived;
        cluster[0].Store.IsStopped = true;

        var old = await cluster[1].GetAsync();
        for (var second = 0; second < 50; second++)
        {
            await cluster.PassUntilAsync(Task.Delay(TimeSpan.FromSeconds(1), cluster.Time));
            Assert.That((await cluster[1].GetAsync()).Value, Is.EqualTo(old.Value));
        }

        Assert.That((cluster.Endpoint.Logins, cluster[1].Requests), Is.EqualTo((1, 0)), "only the silent one tries its own again");
    }

    [Test]
    public async Task A_refresh_token_that_a_dead_replica_may_have_used_is_not_used_again()
    {
        await using var cluster = new Cluster(replicas: 1, Patient);
        await cluster[0].GetAsync();
        cluster.Time.Advance(TimeSpan.FromMinutes(31));
        var entry = await cluster.Store.ReadAsync(Account, default);
        await cluster.Store.BeginAsync(Account, new TokenStoreBegin { KnownVersion = entry.Version, Owner = "one that dies", Number = 1, Silence = TimeSpan.FromMinutes(1) }, default);

        await cluster.PassUntilAsync(cluster[0].GetAsync());

        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((2, 0)));
    }

    [Test]
    public async Task A_token_that_expires_before_the_next_call_to_the_store_is_replaced_in_time()
    {
        await using var cluster = new Cluster(replicas: 1);
        var old = await cluster[0].GetAsync();
        cluster[0].Store.IsCut = true;
        cluster.Time.Advance(TimeSpan.FromMinutes(30) - TimeSpan.FromSeconds(3));

        await cluster[0].TokenReplacedAsync(old);

        Assert.That(cluster.Endpoint.Logins, Is.EqualTo(2));
    }

    [Test]
    public async Task Replicas_that_outlive_their_token_without_the_store_do_not_all_sign_in_at_its_end()
    {
        await using var cluster = new Cluster(replicas: 20);
        await cluster.GetAllAsync();
        Cut(cluster, isCut: true);
        cluster.Time.Advance(TimeSpan.FromMinutes(26.9));
        await FlyAsync();
        Assert.That(cluster.Endpoint.Logins, Is.EqualTo(1), "there is time");

        cluster.Time.Advance(TimeSpan.FromMinutes(1.6));
        await FlyAsync();
        Assert.That(cluster.Endpoint.Logins, Is.InRange(2, 20), "over the last tenth of its life, some before its middle and some after it");

        async Task FlyAsync()
        {
            foreach (var replica in cluster.Replicas)
            {
                await replica.GetAsync();
                await replica.TriedAsync(cluster.Time.GetUtcNow());
            }
        }
    }

    [Test]
    public async Task An_active_turn_is_not_taken_over()
    {
        await using var cluster = new Cluster(replicas: 2, Patient);
        var hold = cluster[0].Hold = new Gate();
        var slow = cluster[0].GetAsync();
        await hold.Arrived;

        var other = cluster[1].GetAsync();
        for (var second = 1; second <= 45; second++)
        {
            // No wait is longer than a second. If time passed while a replica works, the store would seem to hang.
            await cluster[1].WaitsAsync(times: second);
            cluster.Time.Advance(TimeSpan.FromSeconds(1));
            await cluster[0].RenewedAsync(times: second);
        }

        hold.Open();
        await cluster.PassUntilAsync(Task.WhenAll(slow, other));
        Assert.That(cluster.Endpoint.Logins, Is.EqualTo(1));
    }

    [Test]
    public async Task A_process_that_ends_first_completes_its_refresh()
    {
        await using var cluster = new Cluster(replicas: 2);
        await cluster.GetAllAsync();
        cluster.Time.Advance(Due);
        var hold = cluster[0].Hold = new Gate();
        await cluster[0].GetAsync();
        await hold.Arrived;

        var end = cluster[0].Tokens.DisposeAsync().AsTask();
        for (var turn = 0; turn < 20; turn++)
            await Waiting.SettleAsync();
        hold.Open();
        await end.Soon();
        var token = await cluster[1].RefreshAsync();

        Assert.That((token.Value, cluster.Endpoint.Requests), Is.EqualTo(("access-2", 2)));
    }

    [Test]
    public async Task An_invalid_value_counts_as_no_entry()
    {
        await using var cluster = new Cluster(replicas: 1);
        foreach (var garbage in new[] { "garbage", "null", "[]", """{"access_token":"a b"}""", """{"access_token":"a","access_token_lasts":9223372036854775807}""" })
        {
            var found = await cluster.Store.ReadAsync(Account, default);
            var strange = new TokenStoreCommit { Owner = "stranger", Number = 1, ExpectedVersion = found.Version, Version = found.Version + 1, Content = Encoding.UTF8.GetBytes(garbage), Keep = TimeSpan.FromHours(1) };
            await cluster.Store.CommitAsync(Account, strange, default);
            await cluster.Add().GetAsync();
        }

        Assert.That(cluster.Endpoint.Logins, Is.EqualTo(5));
    }

    /// <summary>No time limit ends before the test advances the clock that far.</summary>
    private static void Patient(ApiaxAuthOptions options) => (options.AttemptTimeout, options.TokenTimeout) = (TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10));

    /// <summary>The first replica gets a proxy's page until it backs off for a time.</summary>
    private static async Task<TimeSpan> BackOffAsync(Cluster cluster)
    {
        cluster.Endpoint.Fault = TokenEndpointStub.Html;
        var backOff = TimeSpan.Zero;
        for (var attempt = 0; attempt < 6; attempt++)
        {
            cluster.Time.Advance(backOff + TimeSpan.FromSeconds(1));
            backOff = (await cluster.PassForAsync(cluster[0].FailureAsync())).RetryAfter!.Value;
            await cluster[0].Logs.WaitForAsync("NoToken", attempt + 1);
        }

        return backOff;
    }

    private static void Cut(Cluster cluster, bool isCut)
    {
        foreach (var replica in cluster.Replicas)
            replica.Store.IsCut = isCut;
    }
}
