namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class SharedProtectionTests
{
    [Test, Repeat(3)]
    public async Task A_wrong_password_is_sent_once_for_all_replicas()
    {
        await using var cluster = Wrong(replicas: 8);

        var failures = await Task.WhenAll(cluster.Replicas.Select(replica => replica.FailureAsync()));

        Assert.That(failures.Select(failure => failure.Reason), Has.All.EqualTo(ApiaxAuthFailure.CredentialsRejected));
        Assert.That(failures.Select(failure => failure.Error), Has.All.EqualTo("invalid_grant"));
        Assert.That(failures.Select(failure => failure.RetryAfter), Has.All.GreaterThan(TimeSpan.FromSeconds(59)));
        Assert.That(cluster.Endpoint.Requests, Is.EqualTo(1));
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
            await Task.WhenAll(cluster.Replicas.Select(replica => replica.FailureAsync()));
            if (cluster.Endpoint.Requests > before)
                attempts.Add(cluster.Time.GetUtcNow() - start);

            Assert.That(cluster.Endpoint.Requests - before, Is.LessThanOrEqualTo(1));
            cluster.Time.Advance(TimeSpan.FromSeconds(5));
        }

        // 1, 2, 4, 8, 15 minutes between them, and at most a step more.
        var gaps = attempts.Zip(attempts.Skip(1), (first, second) => Math.Floor((second - first).TotalMinutes));
        Assert.That(gaps, Is.EqualTo([1.0, 2.0, 4.0, 8.0, 15.0]));
    }

    [Test]
    public async Task A_replica_that_comes_during_a_cool_down_sends_nothing()
    {
        await using var cluster = Wrong(replicas: 1);
        await cluster[0].FailureAsync();
        cluster.Time.Advance(TimeSpan.FromSeconds(20));

        var failure = await cluster.Add(options => options.Password = "wrong").FailureAsync();

        Assert.That(cluster.Endpoint.Requests, Is.EqualTo(1));
        Assert.That(failure.RetryAfter, Is.InRange(TimeSpan.FromSeconds(39), TimeSpan.FromSeconds(40)));
    }

    [Test]
    public async Task Another_password_is_sent_at_once_and_helps_all()
    {
        await using var cluster = Wrong(replicas: 2);
        await Task.WhenAll(cluster.Replicas.Select(replica => replica.FailureAsync()));

        var token = await cluster.Add().GetAsync();
        cluster.Time.Advance(TimeSpan.FromSeconds(11));
        var others = await Task.WhenAll(cluster[0].GetAsync(), cluster[1].GetAsync());

        Assert.That(others.Select(other => other.Value), Has.All.EqualTo(token.Value));
        Assert.That(cluster.Endpoint.Requests, Is.EqualTo(2));
    }

    [Test]
    public async Task Credentials_that_have_worked_in_any_replica_cool_down_for_five_seconds()
    {
        await using var cluster = new Cluster(replicas: 2);
        var tokens = await cluster.GetAllAsync();
        cluster.Endpoint.RefusesRefreshTokens = true;
        cluster.Endpoint.Passwords.Add("another");

        var failures = await Task.WhenAll(cluster.Replicas.Zip(tokens, (replica, token) => Waiting.FailureOf(replica.Tokens.ReplaceTokenAsync(token))));

        Assert.That(failures.Select(failure => failure.RetryAfter), Has.All.LessThanOrEqualTo(TimeSpan.FromSeconds(5)));
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((2, 1)));
    }

    [Test]
    public async Task Behind_a_password_whose_answer_was_not_seen_nobody_sends_another_within_a_second_and_a_half()
    {
        await using var cluster = new Cluster(replicas: 2);
        cluster.Endpoint.Fault = TokenEndpointStub.Overloaded;
        await cluster[0].FailureAsync();
        cluster.Endpoint.Fault = null;

        var other = cluster[1].GetAsync();
        var waited = await cluster.PassUntilAsync(other);

        Assert.That((await other).Value, Is.EqualTo("access-1"));
        Assert.That(waited, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(1.5)));
    }

    [Test]
    public async Task A_password_that_was_rejected_behind_a_valid_token_is_not_sent_by_another_replica()
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

    private static Cluster Wrong(int replicas)
    {
        var cluster = new Cluster(replicas, options => options.Password = "wrong");
        cluster.Endpoint.Passwords.Add("right");
        return cluster;
    }
}
