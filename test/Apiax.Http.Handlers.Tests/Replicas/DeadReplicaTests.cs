namespace Apiax.Http.Handlers.Tests;

/// <summary>A replica that died in the middle of a refresh that the server has answered: its refresh token is used.</summary>
[TestFixture]
internal sealed class DeadReplicaTests
{
    private static readonly TimeSpan Due = TimeSpan.FromMinutes(18.5);

    [Test]
    public async Task While_a_token_is_valid_it_costs_a_login_after_a_minute_and_no_refresh_token_is_used_twice()
    {
        await using var cluster = new Cluster(replicas: 2, Patient);
        var old = await DieAsync(cluster);

        var start = cluster.Time.GetUtcNow();
        await cluster.PassUntilAsync(cluster[1].TokenReplacedAsync(old));

        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((2, 1)));
        Assert.That(cluster.Time.GetUtcNow() - start, Is.GreaterThanOrEqualTo(TimeSpan.FromMinutes(1)));
        Assert.That(cluster.ReusedRefreshTokens, Is.Empty);
    }

    [Test]
    public async Task Its_claim_is_still_valid_after_three_days()
    {
        await using var cluster = new Cluster(replicas: 2, Patient);
        await DieAsync(cluster);
        cluster.Time.Advance(TimeSpan.FromDays(3));

        await cluster[1].GetAsync();

        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((2, 1)));
    }

    [Test]
    public async Task Its_refresh_token_that_the_server_echoes_to_a_login_is_removed()
    {
        await using var cluster = new Cluster(replicas: 2, Patient);
        await DieAsync(cluster);
        cluster.Time.Advance(TimeSpan.FromDays(3));
        cluster.Endpoint.Fault = () => new HttpResponseMessage(System.Net.HttpStatusCode.BadRequest)
        {
            Content = new StringContent("""{"error":"invalid_scope","error_description":"access-1, refresh-1"}""", null, "application/json"),
        };

        Assert.That((await cluster[1].FailureAsync()).ErrorDescription, Is.EqualTo("[redacted], [redacted]"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task After_a_failed_login_instead_of_it_no_replica_uses_its_refresh_token(bool isSent)
    {
        await using var cluster = new Cluster(replicas: 1, Patient);
        var vault = new CredentialsStub();
        cluster.Add(Patient, credentials: vault);
        await DieAsync(cluster);
        cluster.Time.Advance(TimeSpan.FromMinutes(31));
        if (isSent)
            cluster.Endpoint.Fault = TokenEndpointStub.Html;
        else
            vault.Failure = new IOException("no vault");

        var failure = cluster[1].FailureAsync();
        await cluster.PassUntilAsync(failure);
        (cluster.Endpoint.Fault, vault.Failure) = (null, null);
        cluster.Time.Advance((await failure).RetryAfter!.Value);
        await cluster.PassUntilAsync(cluster[1].GetAsync());

        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((isSent ? 3 : 2, 1)));
        Assert.That(cluster.ReusedRefreshTokens, Is.Empty);
    }

    [Test]
    public async Task If_it_was_only_suspended_its_result_is_not_lost_after_a_failed_login_instead_of_it()
    {
        await using var cluster = new Cluster(replicas: 2, Patient);
        var old = await DieAsync(cluster);
        cluster.Endpoint.Fault = TokenEndpointStub.Html;
        await cluster[1].GetAsync();
        await cluster.PassUntilAsync(cluster[1].Logs.WaitForAsync("NoToken"));
        cluster.Endpoint.Fault = null;

        cluster[0].Hold!.Open();
        await cluster[0].TokenReplacedAsync(old);
        cluster.Time.Advance(TimeSpan.FromMinutes(1));
        var woken = await cluster[1].RefreshAsync();
        cluster.Time.Advance(Due);
        await cluster[1].RefreshAsync();

        Assert.That(woken.Value, Is.EqualTo("access-2"));
        Assert.That((cluster.Endpoint.Logins, cluster.Endpoint.Refreshes), Is.EqualTo((2, 2)), "one of the two logins failed");
        Assert.That(cluster.Endpoint.Forms[^1]["refresh_token"], Is.EqualTo("refresh-2"));
    }

    [Test]
    public async Task If_it_was_only_suspended_all_get_its_result_after_a_rejected_login_instead_of_it()
    {
        await using var cluster = new Cluster(replicas: 2, Patient);
        await DieAsync(cluster, TimeSpan.FromMinutes(29));
        cluster.Endpoint.Passwords.Add("changed");
        cluster.Time.Advance(TimeSpan.FromMinutes(1.5));
        var rejected = await cluster.PassForAsync(cluster[1].FailureAsync());

        var (woken, renewals) = (cluster[0].GetAsync(), cluster[0].Store.Renewals);
        cluster[0].Store.IsStopped = false;
        await cluster.PassUntilAsync(cluster[0].RenewedAsync(renewals + 1));
        cluster[0].Hold!.Open();
        await cluster.PassForAsync(woken);
        cluster.Time.Advance(TimeSpan.FromSeconds(11));

        Assert.That(rejected.Reason, Is.EqualTo(ApiaxAuthFailure.CredentialsRejected));
        Assert.That(((await woken).Value, (await cluster[1].GetAsync()).Value), Is.EqualTo(("access-2", "access-2")));
        Assert.That(cluster.ReusedRefreshTokens, Is.Empty);
    }

    [Test]
    public async Task Nor_after_its_result_could_not_be_saved()
    {
        await using var cluster = new Cluster(replicas: 1, Patient);
        await DieAsync(cluster, TimeSpan.FromMinutes(29));
        cluster[0].Store.LosesCommits = true;
        cluster[0].Hold!.Open();
        cluster.Time.Advance(TimeSpan.FromMinutes(1.5));
        await cluster.PassForAsync(cluster[0].GetAsync());

        // A commit is given up after ten minutes.
        for (var step = 0; step < 32; step++)
        {
            cluster.Time.Advance(TimeSpan.FromMinutes(1));
            await Waiting.SettleAsync();
        }

        cluster[0].Store.LosesCommits = false;
        await cluster.PassForAsync(cluster[0].GetAsync());

        Assert.That(cluster.Endpoint.Logins, Is.EqualTo(2));
        Assert.That(cluster.ReusedRefreshTokens, Is.Empty);
    }

    /// <summary>The first replica refreshes, the server answers, and the replica does nothing more.</summary>
    /// <returns>The token that all have.</returns>
    private static async Task<ApiaxAccessToken> DieAsync(Cluster cluster, TimeSpan? age = null)
    {
        var tokens = await cluster.GetAllAsync();
        cluster.Time.Advance(age ?? Due);
        var hold = cluster[0].Hold = new Gate();
        await cluster[0].GetAsync();
        await hold.Arrived;
        cluster[0].Store.IsStopped = true;
        return tokens[0];
    }

    /// <summary>No time limit ends before the test advances the clock that far.</summary>
    private static void Patient(ApiaxAuthOptions options) => (options.AttemptTimeout, options.TokenTimeout) = (TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10));
}
