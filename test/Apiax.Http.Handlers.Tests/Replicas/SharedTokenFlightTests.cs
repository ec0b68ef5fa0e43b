namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class SharedTokenFlightTests
{
    // With a lifetime of 30 minutes, a shared token is due after 15 to 18 of them.
    private static readonly TimeSpan Due = TimeSpan.FromMinutes(18.5);

    [Test, Repeat(5)]
    public async Task Cold_replicas_at_once_log_in_once()
    {
        await using var cluster = new Cluster(replicas: 8);

        var tokens = await cluster.GetAllAsync();

        Assert.That(tokens.Select(token => token.Value), Has.All.EqualTo("access-1"));
        Assert.That(cluster.Endpoint.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task A_replica_that_starts_later_needs_no_login()
    {
        await using var cluster = new Cluster(replicas: 1);
        await cluster[0].GetAsync();
        cluster.Time.Advance(TimeSpan.FromMinutes(5));

        var token = await cluster.Add().GetAsync();

        Assert.That((token.Value, cluster.Endpoint.Requests), Is.EqualTo(("access-1", 1)));
        Assert.That(token.ExpiresOn, Is.EqualTo(cluster.Time.GetUtcNow() + TimeSpan.FromMinutes(25)).Within(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public async Task A_generation_of_tokens_is_one_request_and_no_refresh_token_is_used_twice()
    {
        await using var cluster = new Cluster(replicas: 8);
        await cluster.GetAllAsync();

        for (var generation = 0; generation < 20; generation++)
        {
            cluster.Time.Advance(Due);
            await cluster.RefreshAllAsync();
        }

        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((1, 20)));
        Assert.That(cluster.ReusedRefreshTokens, Is.Empty);
    }

    [Test]
    public async Task A_shared_token_is_refreshed_at_half_of_its_life()
    {
        await using var cluster = new Cluster(replicas: 2);
        var tokens = await cluster.GetAllAsync();

        var start = cluster.Time.GetUtcNow();
        Assert.That(tokens.Select(token => token.RefreshOn - start), Has.All.InRange(TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(18)));
        Assert.That(tokens[0].RefreshOn, Is.Not.EqualTo(tokens[1].RefreshOn), "replicas must not refresh at the same instant");
    }

    [Test]
    public async Task A_revoked_token_is_replaced_once_for_all()
    {
        await using var cluster = new Cluster(replicas: 8);
        var revoked = await cluster.GetAllAsync();

        var others = await Task.WhenAll(cluster.Replicas.Zip(revoked, (replica, token) => replica.ReplaceAsync(token)));

        Assert.That(others.Select(token => token.Value), Has.All.EqualTo("access-2"));
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((1, 1)));
    }

    /// <summary>A replica's own token may be another than the shared one, and only the store has the refresh token.</summary>
    [Test]
    public async Task All_tokens_that_the_server_echoes_are_removed_the_replica_s_own_and_the_shared()
    {
        await using var cluster = new Cluster(replicas: 2);
        await cluster.GetAllAsync();
        cluster.Time.Advance(Due);
        await cluster[0].RefreshAsync();
        cluster.Time.Advance(TimeSpan.FromHours(1));

        cluster.Endpoint.Fault = () => Refusal("access-1, access-2, refresh-2");
        Assert.That((await cluster[1].FailureAsync()).ErrorDescription, Is.EqualTo("[redacted], [redacted], [redacted]"));

        // Refreshes have then failed for so long that the password is sent.
        cluster.Time.Advance(TimeSpan.FromMinutes(4));
        cluster.Endpoint.Fault = () => new HttpResponseMessage(System.Net.HttpStatusCode.GatewayTimeout);
        await cluster.PassForAsync(cluster[1].FailureAsync());
        cluster.Time.Advance(TimeSpan.FromHours(1));
        cluster.Endpoint.Fault = () => Refusal("access-1, access-2, refresh-2");
        var failure = await cluster.PassForAsync(cluster[1].FailureAsync());
        Assert.That((cluster.Endpoint.Forms[^1]["grant_type"], failure.ErrorDescription), Is.EqualTo(("password", "[redacted], [redacted], [redacted]")));

        cluster[1].Store.IsCut = true;
        cluster.Time.Advance(TimeSpan.FromHours(1));
        failure = await cluster.PassForAsync(cluster[1].FailureAsync());
        Assert.That((cluster.Endpoint.Requests, failure.ErrorDescription), Is.EqualTo((11, "[redacted], [redacted], [redacted]")));

        static HttpResponseMessage Refusal(string description) => new(System.Net.HttpStatusCode.BadRequest)
        {
            Content = new StringContent($$"""{"error":"invalid_client","error_description":"{{description}}"}""", null, "application/json"),
        };
    }

    [Test]
    public async Task Another_replica_s_token_that_was_revoked_too_is_replaced_without_a_pause()
    {
        await using var cluster = new Cluster(replicas: 2);
        var old = (await cluster.GetAllAsync())[1];
        cluster.Time.Advance(Due);
        await cluster[0].RefreshAsync();

        var adopted = await cluster[1].ReplaceAsync(old);
        var other = await cluster[1].ReplaceAsync(adopted);
        var rationed = await cluster[1].Tokens.ReplaceTokenAsync(other).Soon();

        Assert.That((adopted.Value, other.Value, rationed), Is.EqualTo(("access-2", "access-3", (ApiaxAccessToken?)null)));
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((1, 2)));
    }

    [Test]
    public async Task A_session_that_ended_costs_a_refused_refresh_and_a_login()
    {
        await using var cluster = new Cluster(replicas: 8);
        var revoked = await cluster.GetAllAsync();
        cluster.Endpoint.RefusesRefreshTokens = true;

        var others = await Task.WhenAll(cluster.Replicas.Zip(revoked, (replica, token) => replica.ReplaceAsync(token)));

        Assert.That(others.Select(token => token.Value), Has.All.EqualTo("access-2"));
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((2, 1)));
    }

    [Test]
    public async Task No_replica_holds_the_shared_refresh_token_outside_its_turn()
    {
        await using var cluster = new Cluster(replicas: 2);
        await cluster.GetAllAsync();
        cluster[0].Store.IsCut = true;
        cluster.Time.Advance(TimeSpan.FromMinutes(31));

        var tokens = await cluster.GetAllAsync();

        Assert.That(tokens[0].Value, Is.Not.EqualTo(tokens[1].Value));
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((2, 1)), "the one that is cut off logs in for itself alone");
        Assert.That(cluster.ReusedRefreshTokens, Is.Empty);
    }

    [Test]
    public async Task The_clock_of_a_replica_may_be_wrong()
    {
        await using var cluster = new Cluster(replicas: 1);
        await cluster[0].GetAsync();
        cluster.Time.Advance(TimeSpan.FromMinutes(10));
        var fast = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(cluster.Time.GetUtcNow() + TimeSpan.FromMinutes(5));
        var slow = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(cluster.Time.GetUtcNow() - TimeSpan.FromMinutes(5));

        var tokens = await Task.WhenAll(cluster.Add(clock: fast).GetAsync(), cluster.Add(clock: slow).GetAsync());

        Assert.That(cluster.Endpoint.Requests, Is.EqualTo(1));
        Assert.That(new[] { tokens[0].ExpiresOn - fast.GetUtcNow(), tokens[1].ExpiresOn - slow.GetUtcNow() }, Has.All.EqualTo(TimeSpan.FromMinutes(20)).Within(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public async Task A_store_that_lost_its_data_costs_one_login()
    {
        await using var cluster = new Cluster(replicas: 4);
        await cluster.GetAllAsync();
        cluster.Store.Clear();

        Assert.That((await cluster.GetAllAsync()).Select(token => token.Value), Has.All.EqualTo("access-1"), "nobody needs another token yet");
        cluster.Time.Advance(Due);
        await cluster.RefreshAllAsync();

        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((2, 0)));
    }

    [Test]
    public async Task Accounts_with_other_users_share_nothing()
    {
        await using var cluster = new Cluster(replicas: 1);
        cluster.Add(options => options.Username = "ben");
        cluster.Add(credentials: new CredentialsStub());

        var tokens = await cluster.GetAllAsync();

        Assert.That(tokens.Select(token => token.Value).Distinct(StringComparer.Ordinal).Count(), Is.EqualTo(2), "the vault answers with anna");
    }
}
