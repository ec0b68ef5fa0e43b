namespace Apiax.Http.Handlers.Tests;

/// <summary>How long a replica waits for another's turn, and what follows from the failure of that turn.</summary>
[TestFixture]
internal sealed class TurnQueueTests
{
    private static readonly string Account = StoredAccount.NameOf(ApiaxAuthDefaults.TokenEndpoint.AbsoluteUri, ApiaxAuthDefaults.ClientId, "anna", scope: null);

    [Test]
    public async Task A_replica_that_waits_for_a_turn_fails_with_its_failure_and_sends_nothing()
    {
        await using var cluster = new Cluster(replicas: 1);
        var hold = cluster[0].HoldBefore = new Gate();
        cluster.Endpoint.Fault = TokenEndpointStub.Html;
        var first = cluster[0].FailureAsync();
        await hold.Arrived;
        var others = Enumerable.Range(0, 8).Select(_ => cluster.Add()).ToList();
        var waiting = others.ConvertAll(other => other.FailureAsync());
        foreach (var other in others)
            await other.WaitsAsync(times: 1);

        hold.Open();
        var failures = await Task.WhenAll(waiting);

        Assert.That(failures.Select(failure => failure.Message), Has.All.EqualTo((await first).Message));
        Assert.That(cluster.Endpoint.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task A_page_of_one_replicas_proxy_does_not_keep_the_others_from_signing_in()
    {
        await using var cluster = new Cluster(replicas: 2);
        cluster.Endpoint.Fault = TokenEndpointStub.Html;
        await cluster[0].FailureAsync();
        cluster.Endpoint.Fault = null;

        await cluster[1].GetAsync();

        Assert.That(cluster.Endpoint.Requests, Is.EqualTo(2));
    }

    [TestCase(1, TestName = "{m}(no password)")]
    [TestCase(2, TestName = "{m}(no password after a refused refresh)")]
    [TestCase(9, TestName = "{m}(no connection)")]
    public async Task A_replica_whose_login_hangs_before_it_is_sent_does_not_keep_the_others_from_signing_in(int passwords)
    {
        await using var cluster = new Cluster(replicas: 0);
        var hanging = cluster.Add(credentials: new HangingVault(passwords));
        if (passwords == 2)
        {
            await hanging.GetAsync();
            cluster.Time.Advance(TimeSpan.FromMinutes(31));
        }

        (cluster.Endpoint.RefusesRefreshTokens, hanging.HoldBefore) = (true, passwords == 9 ? new Gate() : null);
        var failure = hanging.FailureAsync();
        await cluster.PassUntilAsync(failure);

        var token = await cluster.Add().GetAsync();

        Assert.That(token.Value, Is.EqualTo(passwords == 2 ? "access-2" : "access-1"));
    }

    [Test]
    public async Task A_replica_does_not_wait_again_for_an_owner_that_had_no_connection()
    {
        await using var cluster = new Cluster(replicas: 2, Patient);
        cluster[0].HasNoEgress = true;
        var hold = cluster[0].HoldBefore = new Gate();
        var first = cluster[0].FailureAsync();
        await hold.Arrived;
        var second = cluster[1].FailureAsync();
        await cluster[1].WaitsAsync(times: 1);
        hold.Open();
        await cluster.PassUntilAsync(Task.WhenAll(first, second));

        hold = cluster[0].HoldBefore = new Gate();
        cluster.Time.Advance((await first).RetryAfter!.Value);
        var again = cluster[0].FailureAsync();
        await cluster.PassUntilAsync(hold.Arrived);
        var start = cluster.Time.GetUtcNow();
        cluster.Time.Advance((await second).RetryAfter!.Value);
        await cluster.PassForAsync(cluster[1].GetAsync());

        Assert.That(cluster.Time.GetUtcNow() - start, Is.LessThan(TimeSpan.FromSeconds(5)));
        hold.Open();
        await cluster.PassUntilAsync(again);
    }

    [Test]
    public async Task A_replica_that_waited_for_an_owner_behind_a_broken_proxy_tries_itself_a_second_later()
    {
        await using var cluster = new Cluster(replicas: 2);
        cluster.Endpoint.Fault = TokenEndpointStub.Html;
        for (var attempt = 0; attempt < 2; attempt++)
            cluster.Time.Advance((await cluster[0].FailureAsync()).RetryAfter!.Value);

        var hold = cluster[0].HoldBefore = new Gate();
        var first = cluster[0].FailureAsync();
        await hold.Arrived;
        var second = cluster[1].FailureAsync();
        await cluster[1].WaitsAsync(times: 1);
        hold.Open();
        var pauses = ((await first).RetryAfter, (await second).RetryAfter);
        cluster.Endpoint.Fault = null;
        cluster.Time.Advance(pauses.Item2!.Value);
        var token = await cluster[1].GetAsync();

        Assert.That(pauses.Item1, Is.InRange(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(25)));
        Assert.That(pauses.Item2, Is.InRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.25)));
        Assert.That((token.Value, cluster.Endpoint.Requests), Is.EqualTo(("access-1", 4)));
    }

    [Test, Repeat(3)]
    public async Task A_login_of_an_owner_that_had_no_connection_the_last_time_does_not_overlap_with_another()
    {
        await using var cluster = new Cluster(replicas: 2);
        cluster[0].HasNoEgress = true;
        var hold = cluster[0].HoldBefore = new Gate();
        var first = cluster[0].FailureAsync();
        await hold.Arrived;
        var second = cluster[1].FailureAsync();
        await cluster[1].WaitsAsync(times: 1);
        hold.Open();
        await cluster.PassUntilAsync(Task.WhenAll(first, second));
        cluster.Time.Advance((await first).RetryAfter!.Value + (await second).RetryAfter!.Value + UserLogin.Spacing);

        (cluster[0].HasNoEgress, cluster[0].HoldBefore, hold) = (false, null, cluster[0].Hold = new Gate());
        var (waits, login) = (cluster[1].Store.Waits, cluster[0].GetAsync());
        await hold.Arrived;
        var other = cluster[1].GetAsync();
        await Waiting.UntilAsync(() => Task.FromResult(other.IsCompleted || cluster[1].Store.Waits > waits), "it does nothing");
        hold.Open();

        Assert.That(((await login).Value, (await other).Value, cluster.Endpoint.Logins), Is.EqualTo(("access-1", "access-1", 1)));
    }

    [Test]
    public async Task A_replica_that_loses_the_store_while_it_waits_for_a_turn_signs_in_itself()
    {
        await using var cluster = new Cluster(replicas: 2, Patient);
        var hold = cluster[0].HoldBefore = new Gate();
        var first = cluster[0].GetAsync();
        await hold.Arrived;
        var second = cluster[1].GetAsync();
        await cluster[1].WaitsAsync(times: 1);

        cluster[1].Store.IsCut = true;
        var token = await cluster.PassForAsync(second);

        Assert.That((token.Value, cluster.Endpoint.Logins), Is.EqualTo(("access-1", 1)));
        hold.Open();
        await first;
    }

    [Test]
    public async Task A_replica_that_dies_with_a_begun_turn_fails_no_call_of_the_others_within_five_seconds()
    {
        await using var cluster = new Cluster(replicas: 1);
        cluster.Add(options => (options.AttemptTimeout, options.TokenTimeout) = (TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5)));
        var hold = cluster[0].HoldBefore = new Gate();
        var dead = cluster[0].GetAsync();
        await hold.Arrived;
        cluster[0].Store.IsStopped = true;

        var token = await cluster.PassForAsync(cluster[1].GetAsync());

        Assert.That((token.Value, cluster.Endpoint.Logins), Is.EqualTo(("access-1", 1)));
        hold.Open();
        await dead;
    }

    [TestCase(45, 45)]
    [TestCase(58, 58)]
    [TestCase(42, 56)]
    public async Task A_replica_that_dies_in_a_refresh_fails_no_call_of_the_others_when_their_token_expires(int begins, int dies)
    {
        await using var cluster = new Cluster(replicas: 1, Patient);
        var second = cluster.Add();
        await WaitForTheDeadAsync(cluster, second.Tokens, begins, dies);

        var call = second.GetAsync();
        var waited = await cluster.PassUntilAsync(call);

        Assert.That(((await call).Value, cluster.Endpoint.Logins), Is.EqualTo(("access-3", 2)));
        Assert.That(waited, Is.LessThan(TimeSpan.FromSeconds(12)));
    }

    [Test]
    public async Task A_replica_whose_token_is_rejected_while_it_waits_for_a_dead_one_waits_ten_seconds_and_not_a_minute()
    {
        await using var cluster = new Cluster(replicas: 1, Patient);
        cluster.Add();
        var old = (await cluster.GetAllAsync())[1];
        cluster.Time.Advance(TimeSpan.FromMinutes(18.5));
        var hold = cluster[0].Hold = new Gate();
        await cluster[0].GetAsync();
        await hold.Arrived;
        cluster[0].Store.IsStopped = true;
        await cluster[1].GetAsync();
        await cluster[1].WaitsAsync(times: 1);

        var call = cluster[1].ReplaceAsync(old);
        var waited = await cluster.PassUntilAsync(call);

        Assert.That(((await call).Value, cluster.Endpoint.Logins), Is.EqualTo(("access-3", 2)));
        Assert.That(waited, Is.LessThan(TimeSpan.FromSeconds(13)));
    }

    [Test]
    public async Task A_replica_that_dies_in_a_refresh_fails_no_call_even_if_a_slow_store_makes_a_flight_last_until_the_token_has_expired()
    {
        await using var cluster = new Cluster(replicas: 1, Patient);
        cluster.Endpoint.LifetimeInSeconds = 60;
        var expiry = (await cluster[0].GetAsync()).ExpiresOn;
        var store = new StoreLink(cluster.Store)
        {
            OnRead = async account =>
            {
                if (expiry - cluster.Time.GetUtcNow() < TimeSpan.FromSeconds(1.25))
                    await Task.Delay(TimeSpan.FromSeconds(1.75), cluster.Time);

                return await cluster.Store.ReadAsync(account, default);
            },
        };
        await using var tokens = ApiaxAccessTokens.Create(new ApiaxAuthOptions { Username = "anna", Password = "right" }, credentials: null, cluster.Endpoint, cluster.Time, loggerFactory: null, store);
        await WaitForTheDeadAsync(cluster, tokens, begins: 45, dies: 45);

        var call = tokens.GetTokenAsync().Soon();
        var waited = await cluster.PassUntilAsync(call);

        Assert.That(((await call).Value, cluster.Endpoint.Logins), Is.EqualTo(("access-3", 2)));
        Assert.That(waited, Is.LessThan(TimeSpan.FromSeconds(4)));
    }

    [Test]
    public async Task A_replica_that_was_suspended_while_it_waited_for_a_turn_still_gets_a_token([Values] bool losesStore)
    {
        await using var cluster = new Cluster(replicas: 1);
        await cluster[0].GetAsync();
        cluster.Time.Advance(TimeSpan.FromMinutes(31));
        var known = (await cluster.Store.ReadAsync(Account, default)).Version;
        await cluster.Store.BeginAsync(Account, new TokenStoreBegin { KnownVersion = known, Owner = "another", Number = 1, Silence = TimeSpan.FromMinutes(1) }, default);
        var clock = new SuspendedClock(cluster.Time);
        var waiter = cluster.Add(clock: clock);
        var call = waiter.GetAsync();
        await waiter.WaitsAsync(times: 1);

        clock.Suspended = TimeSpan.FromSeconds(31);
        waiter.Store.IsCut = losesStore;
        await cluster.Store.CommitAsync(Account, new TokenStoreCommit { Owner = "another", Number = 1, ExpectedVersion = known, ReleasesClaim = true }, default);
        var token = await cluster.PassForAsync(call);

        Assert.That(token.Value, Is.EqualTo("access-2"));
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo(losesStore ? (2, 0) : (1, 1)));
    }

    [Test]
    public async Task A_turn_whose_begin_had_no_answer_is_ended()
    {
        var isLost = true;
        await using var cluster = new Cluster(replicas: 0);
        var store = new StoreLink(cluster.Store)
        {
            OnBegin = async (account, begin) =>
            {
                var entry = await cluster.Store.BeginAsync(account, begin, default);
                return isLost ? throw new InvalidOperationException("the answer is lost") : entry;
            },
        };
        await using var tokens = ApiaxAccessTokens.Create(new ApiaxAuthOptions { Username = "anna", Password = "right" }, credentials: null, cluster.Endpoint, cluster.Time, loggerFactory: null, store);
        await tokens.GetTokenAsync().Soon();
        isLost = false;

        var start = cluster.Time.GetUtcNow();
        await cluster.PassForAsync(cluster.Add().GetAsync());

        Assert.That(cluster.Time.GetUtcNow() - start, Is.LessThan(TimeSpan.FromSeconds(8)), "nobody waits for a turn that nobody has");
    }

    [Test]
    public async Task A_store_that_always_has_another_version_is_not_called_without_a_pause()
    {
        var begins = 0;
        await using var cluster = new Cluster(replicas: 0);
        var store = new StoreLink(cluster.Store)
        {
            OnBegin = (_, _) => ++begins > 1000
                ? throw new InvalidOperationException("asked without a pause")
                : Task.FromResult(new TokenStoreEntry { Time = cluster.Time.GetUtcNow(), Version = begins, Turn = TokenStoreTurn.Superseded }),
        };
        await using var tokens = ApiaxAccessTokens.Create(new ApiaxAuthOptions { Username = "anna", Password = "right" }, credentials: null, cluster.Endpoint, cluster.Time, loggerFactory: null, store);

        var failure = await cluster.PassForAsync(Waiting.FailureOf(tokens.GetTokenAsync()));

        Assert.That((failure.Reason, cluster.Endpoint.Requests), Is.EqualTo((ApiaxAuthFailure.Unavailable, 0)));
        Assert.That(begins, Is.LessThan(200));
    }

    [Test, Repeat(20)]
    public async Task A_superseded_replica_begins_again_at_once_unless_the_version_is_the_same([Values] bool isSame)
    {
        var begins = 0;
        await using var cluster = new Cluster(replicas: 0);
        var store = new StoreLink(cluster.Store)
        {
            OnBegin = async (account, begin) => ++begins <= 3
                ? new TokenStoreEntry { Time = cluster.Time.GetUtcNow(), Version = isSame ? 7 : begins, Turn = TokenStoreTurn.Superseded }
                : await cluster.Store.BeginAsync(account, begin, default),
        };
        await using var tokens = ApiaxAccessTokens.Create(new ApiaxAuthOptions { Username = "anna", Password = "right" }, credentials: null, cluster.Endpoint, cluster.Time, loggerFactory: null, store);

        var call = tokens.GetTokenAsync().Soon();
        if (isSame)
        {
            await Waiting.UntilAsync(() => Task.FromResult(begins >= 2), "it does not begin again");
            await Waiting.SettleAsync();
            Assert.That(begins, Is.EqualTo(2), "it waits");
            await cluster.PassUntilAsync(call);
        }

        Assert.That((await call).Value, Is.EqualTo("access-1"));
    }

    [Test]
    public async Task A_store_whose_waits_end_at_once_is_not_called_without_a_pause()
    {
        await using var cluster = new Cluster(replicas: 0);
        var reads = 0;
        var store = new StoreLink(cluster.Store)
        {
            OnBegin = (_, _) => Task.FromResult(Anothers()),
            OnRead = _ => ++reads > 1000 ? throw new InvalidOperationException("asked without a pause") : Task.FromResult(Anothers()),
            OnWait = (_, _) => Task.CompletedTask,
        };
        await using var tokens = ApiaxAccessTokens.Create(new ApiaxAuthOptions { Username = "anna", Password = "right" }, credentials: null, cluster.Endpoint, cluster.Time, loggerFactory: null, store);

        await cluster.PassForAsync(Waiting.FailureOf(tokens.GetTokenAsync()));

        Assert.That(reads, Is.LessThan(200));

        TokenStoreEntry Anothers() => new() { Time = cluster.Time.GetUtcNow(), Turn = TokenStoreTurn.Another };
    }

    [TestCase(TokenStoreTurn.Nobody)]
    [TestCase((TokenStoreTurn)99)]
    public async Task An_invalid_turn_is_a_failure_of_the_store(TokenStoreTurn turn)
    {
        await using var cluster = new Cluster(replicas: 0);
        using var logs = new LogBook();
        var store = new StoreLink(cluster.Store) { OnBegin = (_, _) => Task.FromResult(new TokenStoreEntry { Time = cluster.Time.GetUtcNow(), Turn = turn }) };
        await using var tokens = ApiaxAccessTokens.Create(new ApiaxAuthOptions { Username = "anna", Password = "right" }, credentials: null, cluster.Endpoint, cluster.Time, logs, store);

        var token = await tokens.GetTokenAsync().Soon();

        Assert.That((token.Value, cluster.Endpoint.Logins), Is.EqualTo(("access-1", 1)));
        Assert.That(logs.Of("TokenStoreFails").Select(entry => entry.Message), Has.Exactly(1).Contains($"(ITokenStore.BeginAsync returned the turn {turn})"));
    }

    /// <summary>
    /// The first replica begins a refresh, and dies in it. The other one begins a flight with its valid token, and waits. Then the token, of 60 s, expires.
    /// </summary>
    private static async Task WaitForTheDeadAsync(Cluster cluster, ApiaxAccessTokenProvider other, int begins, int dies)
    {
        cluster.Endpoint.LifetimeInSeconds = 60;
        await cluster[0].GetAsync();
        var expiry = (await other.GetTokenAsync().Soon()).ExpiresOn;
        cluster.Time.Advance(TimeSpan.FromSeconds(begins));
        var hold = cluster[0].Hold = new Gate();
        await cluster[0].GetAsync();
        await hold.Arrived;
        await other.GetTokenAsync().Soon();

        await cluster.PassUntilAsync(Task.Delay(TimeSpan.FromSeconds(dies - begins), cluster.Time));
        cluster[0].Store.IsStopped = true;
        await cluster.PassUntilAsync(Task.Delay(expiry + TimeSpan.FromSeconds(0.25) - cluster.Time.GetUtcNow(), cluster.Time));
    }

    private static void Patient(ApiaxAuthOptions options) => (options.AttemptTimeout, options.TokenTimeout) = (TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10));

    /// <summary>The clock of a process that was suspended: time has passed, and its timers have not fired.</summary>
    private sealed class SuspendedClock(TimeProvider time) : TimeProvider
    {
        public TimeSpan Suspended { get; set; }

        public override long TimestampFrequency => time.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Suspended;

        public override long GetTimestamp() => time.GetTimestamp() + (long)(Suspended.TotalSeconds * TimestampFrequency);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => time.CreateTimer(callback, state, dueTime, period);
    }

    /// <summary>Returns the password this number of times, then hangs.</summary>
    private sealed class HangingVault(int passwords) : IApiaxCredentialsProvider
    {
        private int _read;

        public async ValueTask<ApiaxCredentials> GetCredentialsAsync(ApiaxCredentialsRequest request, CancellationToken cancellationToken) =>
            ++_read > passwords ? await new TaskCompletionSource<ApiaxCredentials>().Task : new ApiaxCredentials("anna", "right");
    }
}
