using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class SingleFlightTokenProviderTests
{
    private static readonly AsyncLocal<string?> Ambient = new();

    [Test]
    public async Task A_hundred_thousand_cold_callers_share_one_token_request()
    {
        await using var account = new Account();
        var hold = account.Endpoint.Hold = new Gate();

        var calls = Enumerable.Range(0, 100_000).Select(_ => account.GetAsync()).ToList();
        hold.Open();
        var tokens = await Task.WhenAll(calls).Soon();

        Assert.Multiple(() =>
        {
            Assert.That(tokens.Distinct().Count(), Is.EqualTo(1));
            Assert.That(account.Endpoint.Requests, Is.EqualTo(1));
        });
    }

    [Test]
    public async Task An_unexpected_exception_in_a_flight_is_in_the_callers_exception()
    {
        var cause = new NotSupportedException("nobody thought of it");
        await using var tokens = new SingleFlightTokenProvider((_, _) => throw cause, new FakeTimeProvider(), Limit);

        var failure = await Waiting.FailureOf(tokens.GetTokenAsync());

        Assert.That(failure.Message, Does.Contain("failed unexpectedly"));
        Assert.That(failure.ToString(), Does.Contain("nobody thought of it"));
    }

    [Test]
    public async Task Callers_get_the_refreshed_token_that_they_waited_for_although_the_login_failed_and_it_has_expired_meanwhile()
    {
        var time = new FakeTimeProvider();
        var now = time.GetUtcNow();
        var tokens = new TokenSet(new ApiaxAccessToken("late", now, now), "refresh", now, now);
        var rejected = FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.CredentialsRejected, "rejected"), CredentialsFingerprint.Of("anna", "wrong")) with { PasswordPause = TimeSpan.FromMinutes(1) };
        await using var provider = new SingleFlightTokenProvider((_, _) => Task.FromResult(FlightResult.Refreshed(tokens).AfterLogin(rejected)), time, Limit);

        Assert.That((await provider.GetTokenAsync().Soon()).Value, Is.EqualTo("late"));
    }

    [Test]
    public async Task Processes_that_lose_the_server_at_the_same_time_do_not_ask_again_at_the_same_time()
    {
        var pauses = new List<TimeSpan>();
        for (var process = 0; process < 20; process++)
        {
            await using var tokens = new SingleFlightTokenProvider((_, _) => throw new IOException("down"), new FakeTimeProvider(), Limit);
            pauses.Add((await Waiting.FailureOf<ApiaxAuthException>(tokens.GetTokenAsync().AsTask())).RetryAfter!.Value);
        }

        Assert.That(pauses, Is.Unique.And.All.InRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.25)));
    }

    [Test]
    public async Task A_missing_token_cannot_have_been_rejected()
    {
        await using var account = new Account();

        Assert.That(() => account.Tokens.ReplaceTokenAsync(null!), Throws.ArgumentNullException);
    }

    [Test, Repeat(5)]
    public async Task Callers_that_decide_at_the_same_instant_start_one_flight()
    {
        const int Rounds = 2000;
        var flights = 0;
        var time = new FakeTimeProvider();
        var accounts = Enumerable.Range(0, Rounds).Select(_ => new SingleFlightTokenProvider(FlyAsync, time, Limit)).ToList();
        using var round = new Barrier(2);

        // Two threads that are synchronized before every account, each on its own core.
        await Waiting.AtOnceAsync(2, _ => Task.WhenAll(accounts.Select(account =>
        {
            round.SignalAndWait(TimeSpan.FromSeconds(15));
            return account.GetTokenAsync().AsTask();
        }).ToList()));

        Assert.That(flights, Is.EqualTo(Rounds));

        Task<FlightResult> FlyAsync(TokenState state, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref flights);
            return Task.FromResult(FlightResult.Refreshed(Token(time)));
        }
    }

    [Test, Repeat(50)]
    public async Task Callers_whose_token_is_rejected_at_the_same_instant_start_one_flight()
    {
        await using var account = new Account();
        var rejected = await account.GetAsync();

        var others = await Waiting.AtOnceAsync(8, _ => account.Tokens.ReplaceTokenAsync(rejected).AsTask());

        Assert.Multiple(() =>
        {
            Assert.That(others.Select(token => token?.Value), Has.All.EqualTo("access-2"));
            Assert.That(account.Endpoint.Requests, Is.EqualTo(2));
        });
    }

    [TestCase(0)]
    [TestCase(1)]
    public async Task A_caller_that_cancels_ends_only_its_own_wait(int canceller)
    {
        await using var account = new Account();
        using var cancellation = new CancellationTokenSource();
        var hold = account.Endpoint.Hold = new Gate();
        var calls = Enumerable.Range(0, 3).Select(number => account.Tokens.GetTokenAsync(number == canceller ? cancellation.Token : default).AsTask()).ToList();
        await hold.Arrived;

        await cancellation.CancelAsync();
        await Waiting.FailureOf<OperationCanceledException>(calls[canceller]);
        hold.Open();

        calls.RemoveAt(canceller);
        var tokens = await Task.WhenAll(calls).Soon();
        Assert.That(tokens.Select(token => token.Value), Has.All.EqualTo("access-1"));
        Assert.That(account.Endpoint.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task Nothing_of_a_caller_enters_the_flight()
    {
        await using var account = new Account();
        (string? Local, Activity? Activity, SynchronizationContext? Context) seen = ("nothing", null, null);
        account.Endpoint.OnRequest = () => seen = (Ambient.Value, Activity.Current, SynchronizationContext.Current);
        using var activity = new Activity("the first caller").Start();
        Ambient.Value = "the first caller";
        var context = SynchronizationContext.Current;
        try
        {
            SynchronizationContext.SetSynchronizationContext(new StuckContext());
            var call = account.Tokens.GetTokenAsync().AsTask();
            await call.Soon().ConfigureAwait(false);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }

        Assert.That(seen, Is.EqualTo(((string?)null, (Activity?)null, (SynchronizationContext?)null)));
    }

    [Test]
    public async Task A_caller_whose_flow_is_suppressed_already_gets_a_token()
    {
        await using var account = new Account();
        Task<ApiaxAccessToken> call;
        using (ExecutionContext.SuppressFlow())
            call = account.Tokens.GetTokenAsync().AsTask();

        Assert.That((await call.Soon()).Value, Is.EqualTo("access-1"));
    }

    [Test]
    public async Task A_caller_that_blocks_does_not_delay_the_others()
    {
        await using var account = new Account();
        using var block = new ManualResetEventSlim();
        var hold = account.Endpoint.Hold = new Gate();
        var blocked = account.Tokens.GetTokenAsync().AsTask().ContinueWith(
            _ => block.Wait(TimeSpan.FromSeconds(15)), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        var other = account.GetAsync();

        hold.Open();
        await other;
        Assert.That(blocked.IsCompleted, Is.False);

        block.Set();
        Assert.That(await blocked.Soon(), Is.True);
    }

    [Test]
    public async Task Each_failing_caller_gets_its_own_exception()
    {
        await using var account = new Account();
        account.Endpoint.Passwords.Add("another");
        var hold = account.Endpoint.Hold = new Gate();
        var calls = Enumerable.Range(0, 10).Select(_ => account.FailureAsync()).ToList();
        hold.Open();

        List<ApiaxAuthException> failures = [.. await Task.WhenAll(calls), await account.FailureAsync(), await account.FailureAsync()];

        Assert.That(failures.Distinct(ReferenceEqualityComparer.Instance).Count(), Is.EqualTo(12));
        Assert.That(account.Endpoint.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task Disposal_fails_the_calls_that_wait()
    {
        var account = new Account();
        var hold = account.Endpoint.Hold = new Gate();
        var call = account.FailureAsync();
        await hold.Arrived;

        await account.Tokens.DisposeAsync().AsTask().Soon();

        Assert.That((await call).Reason, Is.EqualTo(ApiaxAuthFailure.Unavailable));
        Assert.That((await call).Message, Does.EndWith("The provider or its container was disposed during the token request."));
        await account.DisposeAsync();
    }

    [Test]
    public async Task A_disposed_provider_starts_no_flight()
    {
        var account = new Account();
        await account.DisposeAsync();

        await Waiting.FailureOf<ObjectDisposedException>(AskAsync());
        Assert.That(account.Endpoint.Requests, Is.Zero);

        async Task AskAsync() => await account.Tokens.GetTokenAsync();
    }

    [Test]
    public async Task An_exception_in_a_flight_is_a_failure()
    {
        await using var tokens = new SingleFlightTokenProvider((_, _) => throw new NotSupportedException(), new FakeTimeProvider(), Limit);

        var failure = await Waiting.FailureOf(tokens.GetTokenAsync());

        Assert.That(failure.Reason, Is.EqualTo(ApiaxAuthFailure.Unavailable));
        Assert.That(failure.InnerException, Is.TypeOf<NotSupportedException>());
    }

    [Test]
    public async Task A_logger_that_throws_blocks_no_caller()
    {
        var tokens = new SingleFlightTokenProvider((_, _) => throw new NotSupportedException(), new FakeTimeProvider(), Limit, new AccountTelemetry("rules", new BrokenLogs(), TokenMetrics.Shared));

        Assert.That((await Waiting.FailureOf(tokens.GetTokenAsync())).Reason, Is.EqualTo(ApiaxAuthFailure.Unavailable));
    }

    [Test]
    public async Task Its_end_waits_eight_seconds_for_a_flight_that_does_not_end()
    {
        var (time, reached, never) = (new FakeTimeProvider(), new Gate(), new TaskCompletionSource<FlightResult>());
        var tokens = new SingleFlightTokenProvider(FlyAsync, time, Limit);
        var call = tokens.GetTokenAsync().AsTask();
        await reached.Arrived;

        var end = tokens.DisposeAsync().AsTask();
        time.Advance(TimeSpan.FromSeconds(7.9));
        await Waiting.SettleAsync();
        Assert.That(end.IsCompleted, Is.False);
        time.Advance(TimeSpan.FromSeconds(0.1));
        await end.Soon();

        never.SetResult(FlightResult.Refreshed(Token(time)));
        Assert.That((await call.Soon()).Value, Is.EqualTo("access"), "who waits for the flight hears of it whenever it ends");

        Task<FlightResult> FlyAsync(TokenState state, CancellationToken cancellationToken)
        {
            _ = reached.PassAsync(CancellationToken.None);
            return never.Task;
        }
    }

    /// <summary>Another host may still accept the token, or the same host later.</summary>
    [Test]
    public async Task After_disposal_a_rejected_token_is_still_returned()
    {
        var (time, api) = (new FakeTimeProvider(), new Uri("https://api.apiax.io/"));
        var tokens = new SingleFlightTokenProvider((_, _) => Task.FromResult(FlightResult.Refreshed(Token(time))), time, Limit);
        var token = await tokens.GetTokenAsync().Soon();

        Assert.That((tokens.Reject(token, api), tokens.Reject(new ApiaxAccessToken("older", token.ExpiresOn, token.RefreshOn), api)), Is.EqualTo((1, 0)));
        await tokens.DisposeAsync().AsTask().Soon();

        Assert.That(await tokens.GetTokenAsync(api, CancellationToken.None).Soon(), Is.SameAs(token));
    }

    private static TimeSpan Limit() => TimeSpan.FromMinutes(1);

    private static TokenSet Token(TimeProvider time)
    {
        var now = time.GetUtcNow();
        return new TokenSet(new ApiaxAccessToken("access", now.AddMinutes(30), now.AddMinutes(25)), RefreshToken: null, now, now);
    }

    /// <summary>A blocked user interface thread: work that is posted to it never runs.</summary>
    private sealed class StuckContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }

        public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();
    }
}
