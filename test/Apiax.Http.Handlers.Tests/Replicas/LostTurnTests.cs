using System.Text;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers.Tests;

/// <summary>A turn that ran out, a store that lost what it knew, a wait that takes too long.</summary>
[TestFixture]
internal sealed class LostTurnTests
{
    private static readonly TimeSpan Due = TimeSpan.FromMinutes(18.5);
    private static readonly TimeSpan AMinute = TimeSpan.FromMinutes(1);
    private static readonly string Account = StoredAccount.NameOf(ApiaxAuthDefaults.TokenEndpoint.AbsoluteUri, ApiaxAuthDefaults.ClientId, "anna", scope: " ");

    [Test]
    public async Task A_refresh_that_is_refused_since_another_had_the_turn_meanwhile_takes_over_its_token()
    {
        await using var cluster = new Cluster(replicas: 2, Patient);
        var old = await StallAsync(cluster);
        cluster.Time.Advance(AMinute);
        var token = await cluster[1].RefreshAsync();

        cluster.Endpoint.RefusesRefreshTokens = true;
        cluster[0].HoldBefore!.Open();
        await cluster[0].LandedAsync(old);

        Assert.That((await cluster[0].GetAsync()).Value, Is.EqualTo(token.Value));
        Assert.That(cluster.Endpoint.Logins, Is.EqualTo(2), "the one in its place, and no other");
        await cluster[0].Logs.WaitForAsync("RefreshRefused");
    }

    [Test]
    public async Task When_the_other_brings_nothing_for_two_seconds_the_password_settles_it()
    {
        await using var cluster = new Cluster(replicas: 1, Patient);
        var old = await StallAsync(cluster);
        cluster.Time.Advance(AMinute);
        var entry = await cluster.Store.ReadAsync(Account, default);
        await cluster.Store.BeginAsync(Account, entry!.Version, "another", AMinute, default);

        cluster.Endpoint.RefusesRefreshTokens = true;
        cluster[0].HoldBefore!.Open();
        var waited = await cluster.PassUntilAsync(cluster[0].LandedAsync(old));

        Assert.That(cluster.Endpoint.Logins, Is.EqualTo(2));
        Assert.That(waited, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(2)));
    }

    [Test]
    public async Task A_refresh_that_is_refused_while_the_store_is_away_is_a_login()
    {
        await using var cluster = new Cluster(replicas: 1, Patient);
        var old = await StallAsync(cluster);
        cluster[0].Store.IsCut = true;
        cluster.Endpoint.RefusesRefreshTokens = true;
        cluster[0].HoldBefore!.Open();

        await cluster[0].LandedAsync(old);

        Assert.That(cluster.Endpoint.Logins, Is.EqualTo(2));
    }

    [Test]
    public async Task A_store_that_loses_its_data_in_the_middle_of_a_refresh_gets_the_new_tokens()
    {
        await using var cluster = new Cluster(replicas: 1);
        var old = await cluster[0].GetAsync();
        cluster.Time.Advance(Due);
        var hold = cluster[0].Hold = new Gate();
        await cluster[0].GetAsync();
        await hold.Arrived;

        cluster.Store.Clear();
        hold.Open();
        await cluster[0].LandedAsync(old);

        Assert.That((await cluster.Add().GetAsync()).Value, Is.EqualTo("access-2"));
        Assert.That(cluster.Endpoint.Requests, Is.EqualTo(2));
    }

    [Test]
    public async Task Fresh_tokens_are_worth_more_than_an_entry_that_has_none()
    {
        await using var cluster = new Cluster(replicas: 1);
        var hold = cluster[0].Hold = new Gate();
        var call = cluster[0].GetAsync();
        await hold.Arrived;
        await cluster.Store.CommitAsync(Account, "another", 0, Encoding.UTF8.GetBytes("{}"), AMinute, default);

        hold.Open();
        await call;

        Assert.That((await cluster.Add().GetAsync()).Value, Is.EqualTo("access-1"));
    }

    [Test]
    public async Task Who_needs_a_token_waits_for_another_replica_for_a_bounded_time()
    {
        await using var cluster = new Cluster(replicas: 1, Patient);
        cluster.Add(options => (options.AttemptTimeout, options.TokenTimeout) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3)));
        var hold = cluster[0].Hold = new Gate();
        var slow = cluster[0].GetAsync();
        await hold.Arrived;

        var failure = cluster[1].FailureAsync();
        var waited = await cluster.PassUntilAsync(failure);

        Assert.That((await failure).Reason, Is.EqualTo(ApiaxAuthFailure.Unavailable));
        Assert.That((await failure).Message, Does.Contain("Another replica"));
        Assert.That(waited, Is.LessThan(TimeSpan.FromSeconds(6)));
        hold.Open();
        await slow;
    }

    [Test]
    public async Task A_valid_token_serves_on_while_another_replica_takes_long()
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
        Assert.That((await failure).Message, Does.Contain("no turn to get one"));
    }

    [Test]
    public async Task A_refused_refresh_token_is_gone_for_all_replicas_although_no_password_could_be_had()
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
    public async Task A_process_that_owes_the_store_a_token_does_not_refresh_with_what_stands_there()
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
    public async Task An_entry_that_keeps_changing_is_overruled_three_times_and_no_more()
    {
        await using var cluster = new Cluster(replicas: 0);
        var commits = 0;
        var store = new StoreLink(cluster.Store)
        {
            OnCommit = (_, _, _, _) => Task.FromResult<TokenStoreEntry?>(new TokenStoreEntry(1000 + ++commits, default, Encoding.UTF8.GetBytes("{}"))),
        };
        var options = new ApiaxAuthOptions { Username = "anna", Password = "right" };
        await using var tokens = ApiaxAccessTokens.Create(options, credentials: null, cluster.Endpoint, cluster.Time, loggerFactory: null, store);

        Assert.That(((await tokens.GetTokenAsync().Soon()).Value, commits), Is.EqualTo(("access-1", 3)));
    }

    [Test]
    public async Task A_logger_that_throws_costs_no_token()
    {
        await using var cluster = new Cluster(replicas: 0);
        var store = new StoreLink(cluster.Store) { IsCut = true };
        var options = new ApiaxAuthOptions { Username = "anna", Password = "right" };
        await using var tokens = ApiaxAccessTokens.Create(options, credentials: null, cluster.Endpoint, cluster.Time, new BrokenLoggers(), store);

        Assert.That((await tokens.GetTokenAsync().Soon()).Value, Is.EqualTo("access-1"));
    }

    /// <summary>A replica whose refresh is on its way while its turn is silent.</summary>
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

    private static void Patient(ApiaxAuthOptions options) => (options.AttemptTimeout, options.TokenTimeout) = (TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10));

    private sealed class Hanging : IApiaxCredentialsProvider
    {
        public async ValueTask<ApiaxCredentials> GetCredentialsAsync(ApiaxCredentialsRequest request, CancellationToken cancellationToken) => await new TaskCompletionSource<ApiaxCredentials>().Task;
    }

    private sealed class BrokenLoggers : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new InvalidOperationException("no log today");

        public void Dispose()
        {
        }
    }
}
