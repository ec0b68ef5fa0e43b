using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class SharedProtectionTests
{
    private static readonly string Account = StoredAccount.NameOf(ApiaxAuthDefaults.TokenEndpoint.AbsoluteUri, ApiaxAuthDefaults.ClientId, "anna", scope: null);

    [Test, Repeat(3)]
    public async Task A_wrong_password_is_sent_once_for_all_replicas()
    {
        await using var cluster = Wrong(replicas: 8);

        var failures = await Task.WhenAll(cluster.Replicas.Select(replica => replica.FailureAsync()));

        Assert.That(failures.Select(failure => failure.Reason), Has.All.EqualTo(ApiaxAuthFailure.CredentialsRejected));
        Assert.That(failures.Select(failure => failure.RetryAfter), Has.All.InRange(TimeSpan.FromSeconds(44), TimeSpan.FromSeconds(75)));
        Assert.That(cluster.Endpoint.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task A_rejection_is_logged_once_by_each_replica_and_not_each_time_that_the_credentials_are_read_again()
    {
        await using var cluster = Wrong(replicas: 2);
        for (var check = 0; check < 4; check++)
        {
            await cluster.PassUntilAsync(Task.WhenAll(cluster.Replicas.Select(replica => replica.FailureAsync())));
            cluster.Time.Advance(TimeSpan.FromSeconds(10.5));
        }

        await Task.WhenAll(cluster.Replicas.Select(replica => replica.Logs.WaitForAsync("NoToken")));
        Assert.That(cluster.Replicas.Select(replica => replica.Logs.Of("NoToken").Count()), Is.EqualTo([1, 1]));
        Assert.That(cluster.Endpoint.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task A_second_try_without_enough_time_is_postponed_for_all_accounts()
    {
        await using var cluster = new Cluster(replicas: 2, options => (options.AttemptTimeout, options.TokenTimeout) = (TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5)));
        cluster.Endpoint.ExplainsRejections = true;
        cluster.Endpoint.Passwords.Add("changed");

        var (first, second) = (await cluster[0].FailureAsync(), await cluster[1].FailureAsync());

        Assert.That((first.Reason, second.Reason, cluster.Endpoint.Requests), Is.EqualTo((ApiaxAuthFailure.CredentialsRejected, ApiaxAuthFailure.CredentialsRejected, 1)));
        Assert.That(first.RetryAfter, Is.InRange(UserLogin.Spacing, TimeSpan.FromSeconds(10)));
        Assert.That(second.RetryAfter, Is.InRange(UserLogin.Spacing, TimeSpan.FromSeconds(10)));
    }

    [Test]
    public async Task A_rejected_password_has_one_second_try_for_all_replicas()
    {
        await using var cluster = Wrong(replicas: 1);
        cluster.Endpoint.ExplainsRejections = true;
        var failure = await cluster.PassForAsync(cluster[0].FailureAsync());
        Assert.That(cluster.Endpoint.Requests, Is.EqualTo(2));

        cluster.Time.Advance(failure.RetryAfter!.Value);
        await cluster.PassForAsync(cluster.Add(options => options.Password = "wrong").FailureAsync());

        Assert.That(cluster.Endpoint.Requests, Is.EqualTo(3), "another replica need not find out once more");
    }

    [Test]
    public async Task A_process_that_dies_before_its_second_try_has_told_the_others_of_the_first()
    {
        await using var cluster = Wrong(replicas: 1);
        cluster.Endpoint.ExplainsRejections = true;
        var died = cluster[0].FailureAsync();
        await Waiting.UntilAsync(() => Task.FromResult(cluster[0].Store.Commits.Count > 0), "nothing was saved");
        cluster[0].HoldBefore = new Gate();
        cluster[0].Store.IsCut = true;

        for (var start = 0; start < 5; start++)
        {
            cluster.Time.Advance(TimeSpan.FromSeconds(start == 0 ? 120 : 5));
            await using var restarted = cluster.Add(options => options.Password = "wrong");
            await cluster.PassForAsync(restarted.FailureAsync());
        }

        Assert.That(cluster.Endpoint.Requests, Is.EqualTo(2));
        cluster[0].HoldBefore!.Open();
        await cluster.PassForAsync(died);
    }

    [Test]
    public async Task A_process_that_dies_after_two_rejected_passwords_has_told_the_others_of_both_although_the_first_answer_of_the_store_was_lost()
    {
        await using var cluster = Wrong(replicas: 0);
        cluster.Endpoint.ExplainsRejections = true;
        var vault = new CredentialsStub { Password = "outdated" };
        var dying = cluster.Add(credentials: vault);
        dying.Store.LosesAnswers = true;
        var died = dying.FailureAsync();
        await SavedAsync(after: 0);
        (dying.Store.LosesAnswers, vault.Password) = (false, "wrong");
        await cluster.PassUntilAsync(SavedAsync(after: (await cluster.Store.ReadAsync(Account, default)).Version));
        dying.HoldBefore = new Gate();
        dying.Store.IsCut = true;

        cluster.Time.Advance(TimeSpan.FromMinutes(2));
        foreach (var password in new[] { "outdated", "wrong" })
            await cluster.PassForAsync(cluster.Add(options => options.Password = password).FailureAsync());

        Assert.That(cluster.Endpoint.Forms.Select(form => form["password"]), Is.EqualTo(["outdated", "wrong", "outdated", "wrong"]), "each has its second try once");
        dying.HoldBefore!.Open();
        await cluster.PassForAsync(died);

        Task SavedAsync(long after) => Waiting.UntilAsync(async () => (await cluster.Store.ReadAsync(Account, default)).Version > after, "nothing was saved");
    }

    [Test]
    public async Task A_replica_that_loses_the_store_after_anothers_first_rejection_sends_the_password_once_and_not_soon_after()
    {
        await using var cluster = Wrong(replicas: 2);
        cluster.Endpoint.ExplainsRejections = true;
        var start = cluster.Time.GetUtcNow();
        var first = cluster[0].FailureAsync();
        await Waiting.UntilAsync(() => Task.FromResult(cluster[0].Store.Commits.Count > 0), "nothing was saved");
        cluster[0].HoldBefore = new Gate();
        var other = cluster[1].FailureAsync();
        await cluster.PassUntilAsync(cluster[1].WaitsAsync(2));

        cluster[1].Store.IsCut = true;
        await cluster.PassUntilAsync(other);

        Assert.That((await other).RetryAfter, Is.GreaterThan(TimeSpan.FromSeconds(40)), "the other replica has its second try");
        Assert.That(cluster[1].Requests, Is.EqualTo(1));
        Assert.That(cluster.Time.GetUtcNow() - start, Is.GreaterThanOrEqualTo(UserLogin.Spacing));
        cluster[0].HoldBefore!.Open();
        await cluster.PassForAsync(first);
    }

    [Test, Repeat(3)]
    public async Task A_process_without_a_turn_sends_no_second_password_if_another_has_a_result([Values] bool isRejected)
    {
        await using var cluster = new Cluster(replicas: 0);
        cluster.Endpoint.ExplainsRejections = true;
        cluster.Endpoint.Passwords.Add("changed");
        var store = new StoreLink(cluster.Store) { OnBegin = (_, _) => Task.FromResult(new TokenStoreEntry { Time = cluster.Time.GetUtcNow() }) };
        using var logs = new LogBook();
        await using var tokens = ApiaxAccessTokens.Create(new ApiaxAuthOptions { Username = "anna", Password = "right" }, credentials: null, cluster.Endpoint, cluster.Time, logs, store);
        var hold = cluster.Endpoint.Hold = new Gate();
        var call = TokenOrNothingAsync(tokens.GetTokenAsync().Soon());
        await hold.Arrived;
        cluster.Endpoint.Hold = null;
        cluster.Time.Advance(TimeSpan.FromSeconds(4));
        hold.Open();
        await logs.WaitForAsync("SecondTry");

        (cluster.Endpoint.ExplainsRejections, var password) = (false, isRejected ? "right" : "changed");
        var other = await TokenOrNothingAsync(cluster.Add(options => options.Password = password).GetAsync());

        Assert.That(((await cluster.PassForAsync(call))?.Value, other?.Value), Is.EqualTo(isRejected ? (null, null) : ("access-1", "access-1")));
        Assert.That(cluster.Endpoint.Requests, Is.EqualTo(2));
    }

    [Test, Repeat(3)]
    public async Task A_process_that_was_suspended_before_its_second_try_sends_no_password_if_another_has_a_result([Values] bool isRejected)
    {
        await using var cluster = new Cluster(replicas: 0);
        cluster.Endpoint.ExplainsRejections = true;
        cluster.Endpoint.Passwords.Add("changed");
        var clock = new FakeTimeProvider(cluster.Time.GetUtcNow());
        var suspended = cluster.Add(clock: clock);
        var call = TokenOrNothingAsync(suspended.GetAsync());
        await Waiting.UntilAsync(() => Task.FromResult(suspended.Store.Commits.Count > 0), "nothing was saved");

        cluster.Endpoint.Passwords.Add(isRejected ? "another" : "right");
        var other = await cluster.PassForAsync(TokenOrNothingAsync(cluster.Add().GetAsync()));
        await clock.PassUntilAsync(call);

        Assert.That(((await call)?.Value, other?.Value), Is.EqualTo(isRejected ? (null, null) : ("access-1", "access-1")));
        Assert.That(cluster.Endpoint.Requests, Is.EqualTo(2));
    }

    [Test, Repeat(3)]
    public async Task A_replica_that_has_reached_the_server_is_not_overtaken_although_it_did_not_the_last_time()
    {
        await using var cluster = Wrong(replicas: 2);
        cluster.Endpoint.ExplainsRejections = true;
        cluster[0].HasNoEgress = true;
        var hold = cluster[0].HoldBefore = new Gate();
        var first = cluster[0].FailureAsync();
        await hold.Arrived;
        var second = cluster[1].FailureAsync();
        await cluster[1].WaitsAsync(1);
        hold.Open();
        await cluster.PassUntilAsync(Task.WhenAll(first, second));

        cluster[0].HasNoEgress = false;
        cluster.Time.Advance((await first).RetryAfter!.Value + (await second).RetryAfter!.Value + UserLogin.Spacing);
        first = cluster[0].FailureAsync();
        await Waiting.UntilAsync(() => Task.FromResult(cluster.Endpoint.Requests > 0), "nothing was sent");
        await Waiting.UntilAsync(async () => (await cluster.Store.ReadAsync(Account, default)).Version > 0, "nothing was saved");
        second = cluster[1].FailureAsync();
        await cluster.PassUntilAsync(Task.WhenAll(first, second));

        Assert.That((cluster[0].Requests - 3, cluster.Endpoint.Requests), Is.EqualTo((2, 2)));
    }

    [Test]
    public async Task Replicas_that_wait_for_a_second_try_get_its_token([Values] bool isAnswerLost)
    {
        await using var cluster = new Cluster(replicas: 3);
        cluster.Endpoint.ExplainsRejections = true;
        cluster.Endpoint.Passwords.Add("changed");
        cluster[0].Store.LosesAnswers = isAnswerLost;
        var first = cluster[0].GetAsync();
        await Waiting.UntilAsync(() => Task.FromResult(cluster[0].Store.Commits.Count > 0), "nothing was saved");
        cluster[0].Store.LosesAnswers = false;
        var others = new[] { cluster[1].GetAsync(), cluster[2].GetAsync() };
        await Task.WhenAll(cluster[1].WaitsAsync(1), cluster[2].WaitsAsync(1));

        cluster.Endpoint.Passwords.Add("right");
        var tokens = await cluster.PassForAsync(Task.WhenAll([first, .. others]));

        // After a call that failed, the owner does not renew its turn for some seconds: another replica may take it over.
        Assert.That(tokens.Select(token => token.Value), Is.All.EqualTo("access-1"));
        Assert.That(cluster.Endpoint.Requests, Is.InRange(2, isAnswerLost ? 3 : 2));
    }

    [Test]
    public async Task A_cool_down_is_one_attempt_for_all_replicas_and_doubles_for_all()
    {
        await using var cluster = Wrong(replicas: 4);
        var attempts = new List<TimeSpan>();
        var start = cluster.Time.GetUtcNow();

        for (var step = 0; step < 8 * 60; step++)
        {
            var before = cluster.Endpoint.Requests;
            await cluster.PassUntilAsync(Task.WhenAll(cluster.Replicas.Select(replica => replica.FailureAsync())));
            if (cluster.Endpoint.Requests > before)
                attempts.Add(cluster.Time.GetUtcNow() - start);

            Assert.That(cluster.Endpoint.Requests - before, Is.LessThanOrEqualTo(1));
            cluster.Time.Advance(TimeSpan.FromSeconds(5));
        }

        // 1, 2, 4, 8, 15 minutes between them, a quarter more or less, and at most a step more.
        var gaps = attempts.Zip(attempts.Skip(1), (first, second) => (second - first).TotalMinutes).ToList();
        Assert.That(gaps.Zip([1.0, 2.0, 4.0, 8.0, 15.0], (gap, nominal) => gap / nominal), Has.All.InRange(0.75, 1.34).And.Exactly(5).Items);
    }

    [Test]
    public async Task The_cool_down_also_doubles_for_processes_that_call_once_an_hour()
    {
        await using var cluster = Wrong(replicas: 1);
        List<TimeSpan?> pauses = [(await cluster[0].FailureAsync()).RetryAfter];
        for (var hour = 0; hour < 5; hour++)
        {
            cluster.Time.Advance(TimeSpan.FromHours(1));
            pauses.Add((await cluster.Add(options => options.Password = "wrong").FailureAsync()).RetryAfter);
        }

        Assert.That(pauses.Select(pause => pause!.Value.TotalMinutes), Is.EqualTo([1.0, 2.0, 4.0, 8.0, 15.0, 15.0]).Within(25.1).Percent);
    }

    [Test]
    public async Task A_process_that_knows_the_rejections_continues_their_count_after_the_store_lost_them()
    {
        await using var cluster = Wrong(replicas: 1);
        for (var hour = 0; hour < 3; hour++)
        {
            await cluster[0].FailureAsync();
            cluster.Time.Advance(TimeSpan.FromHours(1));
        }

        cluster.Store.Clear();

        Assert.That((await cluster[0].FailureAsync()).RetryAfter!.Value.TotalMinutes, Is.EqualTo(8).Within(25.1).Percent);
    }

    [Test]
    public async Task A_rejection_that_could_not_be_saved_is_saved_when_the_store_is_available_and_no_replica_sends_the_password_again()
    {
        await using var cluster = Wrong(replicas: 2);
        cluster[0].Store.LosesCommits = true;
        await cluster[0].FailureAsync();
        cluster[0].Store.LosesCommits = false;

        var other = await cluster.PassForAsync(cluster[1].FailureAsync());

        Assert.That((other.Reason, cluster.Endpoint.Requests), Is.EqualTo((ApiaxAuthFailure.CredentialsRejected, 1)));
    }

    [Test]
    public async Task A_replica_that_starts_during_a_cool_down_sends_nothing()
    {
        await using var cluster = Wrong(replicas: 1);
        var rest = (await cluster[0].FailureAsync()).RetryAfter!.Value;
        cluster.Time.Advance(TimeSpan.FromSeconds(20));

        var failure = await cluster.Add(options => options.Password = "wrong").FailureAsync();

        Assert.That(cluster.Endpoint.Requests, Is.EqualTo(1));
        Assert.That(failure.RetryAfter, Is.InRange(rest - TimeSpan.FromSeconds(21), rest - TimeSpan.FromSeconds(20)));
    }

    [Test]
    public async Task Another_password_is_sent_after_a_second_and_a_half_and_helps_all()
    {
        await using var cluster = Wrong(replicas: 2);
        await Task.WhenAll(cluster.Replicas.Select(replica => replica.FailureAsync()));

        var getting = cluster.Add().GetAsync();
        var passed = await cluster.PassUntilAsync(getting);
        var token = await getting;
        cluster.Time.Advance(TimeSpan.FromSeconds(11));
        var others = await Task.WhenAll(cluster[0].GetAsync(), cluster[1].GetAsync());

        Assert.That(others.Select(other => other.Value), Has.All.EqualTo(token.Value));
        Assert.That(cluster.Endpoint.Requests, Is.EqualTo(2));
        Assert.That(passed, Is.InRange(UserLogin.Spacing, TimeSpan.FromSeconds(28)), "the other password's pause is 45 s at least");
    }

    [Test]
    public async Task In_a_cool_down_a_replica_uses_the_token_that_another_one_gets_two_seconds_later()
    {
        await using var cluster = Wrong(replicas: 1);
        await cluster[0].FailureAsync();

        var token = await cluster.PassForAsync(cluster.Add().GetAsync());
        cluster.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.That((await cluster[0].GetAsync()).Value, Is.EqualTo(token.Value));
    }

    [Test]
    public async Task In_a_cool_down_a_replica_looks_at_the_store_every_two_seconds_and_reads_the_credentials_every_ten()
    {
        await using var cluster = Wrong(replicas: 0);
        var vault = new CredentialsStub { Password = "wrong" };
        var replica = cluster.Add(credentials: vault);
        await replica.FailureAsync();
        await replica.Logs.WaitForAsync("NoToken");

        var (calls, reads) = (replica.Store.Calls, vault.Reads);
        for (var tenth = 0; tenth < 98; tenth++)
        {
            cluster.Time.Advance(TimeSpan.FromSeconds(0.1));
            await replica.FailureAsync();
        }

        Assert.That(replica.Store.Calls - calls, Is.EqualTo(4));
        Assert.That((vault.Reads - reads, cluster.Endpoint.Requests, replica.Logs.Of("NoToken").Count()), Is.EqualTo((0, 1, 1)));
    }

    [Test]
    public async Task In_a_cool_down_a_changed_password_is_used_at_once()
    {
        await using var cluster = Wrong(replicas: 1);
        await cluster[0].FailureAsync();

        cluster[0].Tokens.Apply(new ApiaxAuthOptions { Username = "anna", Password = "right" });

        Assert.That((await cluster.PassForAsync(cluster[0].GetAsync())).Value, Is.EqualTo("access-1"));
    }

    [Test]
    public async Task A_replica_whose_rejected_login_took_longer_than_another_ones_success_uses_its_token()
    {
        await using var cluster = Wrong(replicas: 1);
        var hold = cluster[0].Hold = new Gate();
        var call = cluster[0].GetAsync();
        await hold.Arrived;
        cluster[0].Store.IsStopped = true;
        var other = await cluster.PassForAsync(cluster.Add().GetAsync());

        hold.Open();

        Assert.That((await call).Value, Is.EqualTo(other.Value));
        await cluster[0].Logs.WaitForAsync("NoToken");
    }

    [Test]
    public async Task A_replica_whose_first_rejection_comes_after_another_ones_success_uses_its_token_instead_of_a_second_try([Values] bool isStoresClockSetBack)
    {
        await using var cluster = Wrong(replicas: 0);
        if (isStoresClockSetBack)
        {
            await cluster.Add(options => options.Password = "another").FailureAsync();
            cluster.Store.ClockCorrection = TimeSpan.FromHours(-1);
        }

        cluster.Endpoint.ExplainsRejections = true;
        var slow = cluster.Add(options => (options.Password, options.TokenTimeout) = ("wrong", TimeSpan.FromMinutes(10)));
        var hold = slow.Hold = new Gate();
        var call = slow.GetAsync();
        await cluster.PassUntilAsync(hold.Arrived);
        slow.Store.IsStopped = true;
        var other = await cluster.PassForAsync(cluster.Add().GetAsync());

        hold.Open();

        Assert.That(((await cluster.PassForAsync(call)).Value, slow.Requests), Is.EqualTo((other.Value, 1)));
    }

    [Test]
    public async Task A_clock_that_is_set_back_does_not_delay_a_password()
    {
        await using var cluster = Wrong(replicas: 1);
        await cluster[0].FailureAsync();
        var clock = new CorrectedClock(cluster.Time);

        // Between the reading of the entry and the login.
        var reads = 0;
        var other = cluster.Add(clock: clock, credentials: new Vault(() => clock.Correction = reads++ < 2 ? TimeSpan.Zero : TimeSpan.FromHours(-1)));
        var token = await cluster.PassForAsync(other.GetAsync());

        Assert.That(token.Value, Is.EqualTo("access-1"));
    }

    [Test]
    public async Task The_cool_down_of_an_outdated_password_does_not_delay_the_correct_one()
    {
        await using var cluster = new Cluster(replicas: 1, options => options.Password = "outdated");
        var locked = cluster.Add();
        cluster.Endpoint.Passwords.Add("changed");
        foreach (var replica in cluster.Replicas)
            await cluster.PassForAsync(replica.FailureAsync());

        cluster.Endpoint.Passwords.Add("right");
        ApiaxAccessToken? token = null;
        for (var passed = TimeSpan.Zero; token is null && passed < TimeSpan.FromSeconds(90); passed += TimeSpan.FromSeconds(5))
        {
            cluster.Time.Advance(TimeSpan.FromSeconds(5));
            await cluster.PassUntilAsync(Task.WhenAny(cluster[0].FailureAsync(), cluster[0].GetAsync()));
            token = await cluster.PassForAsync(TokenOrNothingAsync(locked.GetAsync()));
        }

        Assert.That(token?.Value, Is.EqualTo("access-1"));
    }

    [Test]
    public async Task A_process_with_a_refresh_token_of_its_own_uses_it_during_the_cool_down()
    {
        await using var cluster = new Cluster(replicas: 2);
        cluster.Endpoint.LifetimeInSeconds = 60;
        cluster[0].Store.IsCut = true;
        await cluster.PassForAsync(cluster[0].GetAsync());
        cluster[0].Store.IsCut = false;
        cluster.Endpoint.Passwords.Add("changed");
        cluster.Time.Advance(TimeSpan.FromSeconds(55));
        await cluster.PassForAsync(cluster[1].FailureAsync());

        cluster.Time.Advance(TimeSpan.FromSeconds(10));
        var token = await cluster.PassForAsync(cluster[0].GetAsync());

        Assert.That((token.Value, cluster.Endpoint.Refreshes), Is.EqualTo(("access-2", 1)));
    }

    [Test]
    public async Task While_the_replica_that_sent_a_password_backs_off_no_other_sends_one()
    {
        await using var cluster = new Cluster(replicas: 2);
        cluster.Endpoint.Fault = TokenEndpointStub.Overloaded;
        await cluster[0].FailureAsync();
        cluster.Endpoint.Fault = null;

        var other = await cluster[1].FailureAsync();
        Assert.That((other.Reason, cluster[1].Requests), Is.EqualTo((ApiaxAuthFailure.Unavailable, 0)));
        Assert.That(other.RetryAfter, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(1.5)));

        cluster.Time.Advance(other.RetryAfter!.Value);
        Assert.That((await cluster[1].GetAsync()).Value, Is.EqualTo("access-1"));
    }

    [Test, Repeat(3)]
    public async Task A_password_without_an_answer_is_sent_every_thirty_seconds_by_all_replicas_together()
    {
        await using var cluster = new Cluster(replicas: 8);

        var sent = await UnansweredAsync(cluster, TimeSpan.FromSeconds(75));

        Assert.That(sent, Has.Count.InRange(2, 3));
        Assert.That(sent.Zip(sent.Skip(1), (first, second) => second - first), Has.All.GreaterThan(29.5));
    }

    [Test]
    public async Task Also_after_a_refresh_token_in_doubt_a_password_without_an_answer_is_sent_once()
    {
        await using var cluster = new Cluster(replicas: 3);
        await cluster.GetAllAsync();
        cluster.Time.Advance(TimeSpan.FromMinutes(31));
        cluster.Endpoint.Fault = () => new HttpResponseMessage(HttpStatusCode.BadGateway);
        var inDoubt = await cluster.PassForAsync(cluster[0].FailureAsync());
        cluster.Time.Advance(inDoubt.RetryAfter!.Value);
        cluster.Endpoint.RefusesRefreshTokens = true;

        var sent = await UnansweredAsync(cluster, TimeSpan.FromSeconds(25));

        Assert.That(sent, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_password_that_was_rejected_while_the_token_is_valid_is_not_sent_by_another_replica()
    {
        await using var cluster = new Cluster(replicas: 2);
        await cluster.GetAllAsync();
        cluster.Endpoint.RefusesRefreshTokens = true;
        cluster.Endpoint.Passwords.Add("another");
        cluster.Time.Advance(TimeSpan.FromMinutes(18.5));

        foreach (var replica in cluster.Replicas)
        {
            Assert.That((await replica.GetAsync()).Value, Is.EqualTo("access-1"));
            await replica.Logs.WaitForAsync("NoToken");
        }

        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((2, 1)));
    }

    [Test]
    public async Task Before_a_session_ends_a_rejected_password_is_not_sent_by_another_replica()
    {
        await using var cluster = await SessionEndingAsync();
        cluster.Endpoint.Passwords.Add("another");

        await RefreshInTurnAsync(cluster, times: 5);

        Assert.That(cluster.Endpoint.Logins, Is.EqualTo(1 + 2), "the second one after a cool-down of a minute, which then doubles");
    }

    [Test]
    public async Task Before_a_session_ends_a_password_without_an_answer_is_sent_every_thirty_seconds_by_all_replicas_together()
    {
        await using var cluster = await SessionEndingAsync();
        cluster.Endpoint.Fault = LosesLogins(cluster);

        await RefreshInTurnAsync(cluster, times: 5);

        Assert.That(cluster.Endpoint.Logins, Is.EqualTo(1 + 3), "in 125 s, with a refresh each 25 s");
    }

    [Test]
    public async Task A_password_without_an_answer_is_not_sent_soon_after_by_a_replica_whose_refresh_token_is_refused()
    {
        await using var cluster = await SessionEndingAsync();
        cluster.Endpoint.Fault = LosesLogins(cluster);
        await RefreshInTurnAsync(cluster, times: 1);
        cluster.Endpoint.RefusesRefreshTokens = true;

        for (var seconds = 0; seconds < 20; seconds += 5)
        {
            cluster.Time.Advance(TimeSpan.FromSeconds(5));
            foreach (var replica in cluster.Replicas)
                await cluster.PassForAsync(TokenOrNothingAsync(replica.ReplaceAsync(await replica.GetAsync())));
        }

        Assert.That(cluster.Endpoint.Logins, Is.EqualTo(1 + 1));
    }

    /// <summary>Four replicas, whose session is about to end.</summary>
    private static async Task<Cluster> SessionEndingAsync()
    {
        var cluster = new Cluster(replicas: 4);
        (cluster.Endpoint.LifetimeInSeconds, cluster.Endpoint.RefreshTokenLifetimeInSeconds) = (40, 3600);
        await cluster.GetAllAsync();
        cluster.Endpoint.RefreshTokenLifetimeInSeconds = 42;
        await RefreshInTurnAsync(cluster, times: 1);
        return cluster;
    }

    /// <summary>Each 25 s, the next replica refreshes the shared token.</summary>
    private static async Task RefreshInTurnAsync(Cluster cluster, int times)
    {
        for (var time = 0; time < times; time++)
        {
            cluster.Time.Advance(TimeSpan.FromSeconds(25));
            cluster.Endpoint.RefreshTokenLifetimeInSeconds -= 2;
            var (replica, granted) = (cluster[time % cluster.Replicas.Count], cluster.Endpoint.Granted);
            await Waiting.UntilAsync(async () => (await replica.GetAsync()).Value == $"access-{granted + 1}", "no refresh");
        }
    }

    private static Func<HttpResponseMessage> LosesLogins(Cluster cluster) =>
        () => cluster.Endpoint.Forms[^1]["grant_type"] == "password" ? new HttpResponseMessage(HttpStatusCode.BadGateway) : null!;

    /// <summary>All replicas call once a second, and no password is answered; returns when passwords were sent, in seconds.</summary>
    private static async Task<List<double>> UnansweredAsync(Cluster cluster, TimeSpan length)
    {
        var (sent, start) = (new List<double>(), cluster.Time.GetUtcNow());
        cluster.Endpoint.Fault = () =>
        {
            if (cluster.Endpoint.Forms[^1]["grant_type"] != "password")
                return null!;

            sent.Add((cluster.Time.GetUtcNow() - start).TotalSeconds);
            return new HttpResponseMessage(HttpStatusCode.BadGateway);
        };
        for (; cluster.Time.GetUtcNow() - start < length; cluster.Time.Advance(TimeSpan.FromSeconds(1)))
            await cluster.PassUntilAsync(Task.WhenAll(cluster.Replicas.Select(replica => replica.FailureAsync())));

        return sent;
    }

    /// <summary>A vault that does something else when it is read.</summary>
    private sealed class Vault(Action onRead) : IApiaxCredentialsProvider
    {
        public ValueTask<ApiaxCredentials> GetCredentialsAsync(ApiaxCredentialsRequest request, CancellationToken cancellationToken)
        {
            onRead();
            return new(new ApiaxCredentials("anna", "right"));
        }
    }

    private sealed class CorrectedClock(TimeProvider time) : TimeProvider
    {
        public TimeSpan Correction { get; set; }

        public override long TimestampFrequency => time.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Correction;

        public override long GetTimestamp() => time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => time.CreateTimer(callback, state, dueTime, period);
    }

    private static async Task<ApiaxAccessToken?> TokenOrNothingAsync(Task<ApiaxAccessToken> request)
    {
        try
        {
            return await request;
        }
        catch (ApiaxAuthException)
        {
            return null;
        }
    }

    private static Cluster Wrong(int replicas)
    {
        var cluster = new Cluster(replicas, options => options.Password = "wrong");
        cluster.Endpoint.Passwords.Add("right");
        return cluster;
    }
}
