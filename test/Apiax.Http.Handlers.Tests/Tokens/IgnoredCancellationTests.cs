using System.Diagnostics;
using Apiax.Http.Handlers.IntegrationTests;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Flights and disposal end in time, whatever the application's code does with its cancellation token.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class IgnoredCancellationTests
{
    private static readonly TimeSpan TokenTimeout = TimeSpan.FromSeconds(30);

    // The time in which a flight ends by itself, with its own reason.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(250);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Test]
    public async Task A_handler_that_never_answers_delays_no_caller_beyond_the_time_limit()
    {
        using var handler = new StubbornHandler();
        await using var tokens = Create(handler);
        var call = tokens.GetTokenAsync().AsTask();
        await handler.Reached;

        _time.Advance(TokenTimeout);

        Assert.That((await Waiting.FailureOf<ApiaxAuthException>(call)).Reason, Is.EqualTo(ApiaxAuthFailure.Unavailable));
    }

    [Test]
    public async Task A_handler_that_blocks_its_thread_delays_no_caller_beyond_the_time_limit()
    {
        using var release = new ManualResetEventSlim();
        using var handler = new StubbornHandler { Blocks = release };
        await using var tokens = Create(handler);
        var call = tokens.GetTokenAsync().AsTask();
        await handler.Reached;

        _time.Advance(TokenTimeout + Grace);

        Assert.That((await Waiting.FailureOf<ApiaxAuthException>(call)).Message, Does.Contain("ignores its cancellation token"));
        release.Set();
    }

    [Test]
    public async Task Time_that_passes_before_a_flight_has_a_thread_is_not_taken_from_it()
    {
        var now = _time.GetUtcNow();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ApiaxAuthDiagnostics.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = _ => _time.Advance(TokenTimeout),
        };
        ActivitySource.AddActivityListener(listener);
        var (reached, answer) = (new TaskCompletionSource(), new TaskCompletionSource<FlightResult>());
        await using var tokens = new SingleFlightTokenProvider(
            (_, _) =>
            {
                reached.SetResult();
                return answer.Task;
            },
            _time,
            limit: () => TokenTimeout);
        var call = tokens.GetTokenAsync().AsTask();
        await reached.Task.Soon();

        _time.Advance(TokenTimeout);
        await Waiting.SettleAsync();
        answer.SetResult(FlightResult.Refreshed(new TokenSet(new ApiaxAccessToken("slow", now.AddHours(1), now.AddHours(1)), "refresh", now.AddHours(1), now)));

        Assert.That((await call.Soon()).Value, Is.EqualTo("slow"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_session_is_ended_only_if_the_login_that_replaces_it_is_in_time(bool isLate)
    {
        var now = _time.GetUtcNow();
        var old = new TokenSet(new ApiaxAccessToken("old", now, now), "old", now.AddHours(1), now);
        var login = FlightResult.LoggedIn(old with { AccessToken = new ApiaxAccessToken("new", now.AddHours(1), now.AddHours(1)) }, CredentialsFingerprint.Of("anna", "right"));
        var (superseded, reached, answer) = (new List<TokenSet?>(), new TaskCompletionSource(), new TaskCompletionSource<FlightResult>());
        await using var tokens = new SingleFlightTokenProvider(
            (_, _) =>
            {
                reached.SetResult();
                return answer.Task;
            },
            _time,
            limit: () => TokenTimeout,
            supersede: superseded.Add);
        var call = tokens.GetTokenAsync().AsTask();
        await reached.Task.Soon();
        if (isLate)
        {
            _time.Advance(TokenTimeout + Grace);
            await Waiting.FailureOf<ApiaxAuthException>(call);
        }

        answer.SetResult(login with { Superseded = old });
        await Task.WhenAny(call).Soon();
        await Waiting.SettleAsync();

        Assert.That(superseded.OfType<TokenSet>(), Is.EqualTo(isLate ? [] : new[] { old }));
    }

    [Test]
    public async Task Disposal_does_not_throw_what_a_cancellation_callback_throws()
    {
        using var handler = new StubbornHandler { OnCancelled = () => throw new InvalidOperationException("a callback") };
        var tokens = Create(handler);
        var call = tokens.GetTokenAsync().AsTask();
        await handler.Reached;

        var disposing = tokens.DisposeAsync().AsTask();
        _time.Advance(TokenTimeout);

        await disposing.Soon();
        await Waiting.FailureOf<ApiaxAuthException>(call);
    }

    [Test]
    public async Task Disposal_does_not_wait_for_a_handler_that_never_answers()
    {
        using var handler = new StubbornHandler();
        var tokens = Create(handler);
        var call = tokens.GetTokenAsync().AsTask();
        await handler.Reached;

        await tokens.DisposeAsync().AsTask().Soon();

        await Waiting.FailureOf<ApiaxAuthException>(call);
    }

    [Test]
    public async Task A_late_answer_is_disposed()
    {
        using var handler = new StubbornHandler();
        await using var tokens = Create(handler);
        var call = tokens.GetTokenAsync().AsTask();
        await handler.Reached;
        _time.Advance(TokenTimeout);
        await Waiting.FailureOf<ApiaxAuthException>(call);

        using var late = new TrackedResponse();
        handler.Answer.SetResult(late);

        await late.Disposed.Soon();
    }

    [Test]
    public async Task A_provider_that_fails_after_the_time_limit_is_observed()
    {
        using var unobserved = new UnobservedExceptions();

        await FailLateAsync();

        Assert.That(unobserved.All().OfType<LateException>(), Is.Empty);
    }

    private async Task FailLateAsync()
    {
        var provider = new StubbornProvider();
        using var endpoint = new TokenEndpointStub();
        await using var tokens = ApiaxAccessTokens.Create(new ApiaxAuthOptions(), provider, endpoint, _time);
        var call = tokens.GetTokenAsync().AsTask();
        await provider.Reached;
        _time.Advance(TokenTimeout);
        await Waiting.FailureOf<ApiaxAuthException>(call);
        provider.Answer.SetException(new LateException());
        await Waiting.SettleAsync();
    }

    private ApiaxAccessTokenProvider Create(HttpMessageHandler handler) =>
        ApiaxAccessTokens.Create(new ApiaxAuthOptions { Username = "anna", Password = "right", TokenTimeout = TokenTimeout, AttemptTimeout = TokenTimeout }, handler: handler, timeProvider: _time);

#pragma warning disable CA1032, RCS1194 // Thrown by one test.
    private sealed class LateException : Exception;
#pragma warning restore CA1032, RCS1194

    private sealed class TrackedResponse : HttpResponseMessage
    {
        private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Disposed => _disposed.Task;

        protected override void Dispose(bool disposing)
        {
            _disposed.TrySetResult();
            base.Dispose(disposing);
        }
    }

    private sealed class StubbornHandler : HttpMessageHandler
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task.Soon();

        public ManualResetEventSlim? Blocks { get; init; }

        public Action? OnCancelled { get; init; }

        public TaskCompletionSource<HttpResponseMessage> Answer { get; } = new();

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            _reached.TrySetResult();
            Blocks?.Wait(CancellationToken.None);
            if (OnCancelled is not null)
                cancellationToken.Register(OnCancelled);
            return Answer.Task;
        }
    }

    private sealed class StubbornProvider : IApiaxCredentialsProvider
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task.Soon();

        public TaskCompletionSource<ApiaxCredentials> Answer { get; } = new();

        public ValueTask<ApiaxCredentials> GetCredentialsAsync(ApiaxCredentialsRequest request, CancellationToken cancellationToken)
        {
            _reached.TrySetResult();
            return new(Answer.Task);
        }
    }
}
