using Apiax.Http.Handlers.Tests.Doubles;
using Microsoft.Extensions.Time.Testing;
using static Apiax.Http.Handlers.Tests.Doubles.Answers;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TokenRetriesTests
{
    private readonly ManualClock _time = new();
    private readonly ApiaxAuthOptions _options = new();

    private static IEnumerable<TestCaseData<Func<ManualClock, Answer>>> TransientAnswers =>
    [
        new TestCaseData<Func<ManualClock, Answer>>(_ => Page(408)).SetArgDisplayNames("408"),
        new TestCaseData<Func<ManualClock, Answer>>(_ => Page(429).RetryAfter(1)).SetArgDisplayNames("429"),
        new TestCaseData<Func<ManualClock, Answer>>(_ => Error(429, "slow_down").RetryAfter(1)).SetArgDisplayNames("429 slow_down"),
        new TestCaseData<Func<ManualClock, Answer>>(_ => Page(500)).SetArgDisplayNames("500"),
        new TestCaseData<Func<ManualClock, Answer>>(_ => Empty(502)).SetArgDisplayNames("502"),
        new TestCaseData<Func<ManualClock, Answer>>(_ => Error(503, "temporarily_unavailable")).SetArgDisplayNames("503"),
        new TestCaseData<Func<ManualClock, Answer>>(_ => Page(599)).SetArgDisplayNames("599"),
        new TestCaseData<Func<ManualClock, Answer>>(_ => Unreachable()).SetArgDisplayNames("unreachable"),
        new TestCaseData<Func<ManualClock, Answer>>(Silence).SetArgDisplayNames("silence"),
        new TestCaseData<Func<ManualClock, Answer>>(_ => By(() => throw new IOException("half an answer"))).SetArgDisplayNames("broken off"),
        new TestCaseData<Func<ManualClock, Answer>>(_ => By(() => throw new TaskCanceledException("the handler's own limit", new TimeoutException()))).SetArgDisplayNames("connect timeout"),
    ];

    private static IEnumerable<TestCaseData<Func<ManualClock, Answer>>> CompletedAnswers => TransientAnswers.Where(answer => answer.ArgDisplayNames![0] is not "silence");

    private static IEnumerable<TestCaseData<Func<ManualClock, Answer>>> AnswersOfPatience => TransientAnswers.Where(answer => answer.ArgDisplayNames![0] is "429" or "429 slow_down" or "503");

    private static IEnumerable<TestCaseData<Func<ManualClock, Answer>>> AnswersInDoubt =>
    [
        .. TransientAnswers.Where(answer => answer.ArgDisplayNames![0] is not ("429" or "429 slow_down" or "503")),
        new TestCaseData<Func<ManualClock, Answer>>(_ => Error(400, "server_error")).SetArgDisplayNames("400 server_error"),
        new TestCaseData<Func<ManualClock, Answer>>(_ => Page(504)).SetArgDisplayNames("504"),
        new TestCaseData<Func<ManualClock, Answer>>(_ => By(() => throw new NotSupportedException("anything"))).SetArgDisplayNames("anything"),
        new TestCaseData<Func<ManualClock, Answer>>(_ => By(() => new HttpResponseMessage { Content = new StreamContent(new BrokenStream()) })).SetArgDisplayNames("half an answer"),
    ];

    private static IEnumerable<TestCaseData<Func<ManualClock, Answer>>> Failures =>
        AnswersInDoubt.Where(answer => answer.ArgDisplayNames![0] is "unreachable" or "silence" or "broken off" or "connect timeout" or "anything");

    [TestCaseSource(nameof(CompletedAnswers))]
    public async Task A_transient_failure_is_tried_again(Func<ManualClock, Answer> answer)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, answer(_time), answer(_time), Token());

        var tokens = await _time.PassUntilAsync(RefreshAsync(endpoint));

        Assert.That((tokens.AccessToken.Value, endpoint.GrantTypes), Is.EqualTo(("t1", "refresh_token refresh_token refresh_token")));
    }

    [TestCaseSource(nameof(AnswersOfPatience))]
    public async Task A_password_is_sent_again_after_a_429(Func<ManualClock, Answer> answer)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, answer(_time), answer(_time), Token());

        var tokens = await _time.PassUntilAsync(LoginAsync(endpoint));

        Assert.That((tokens.AccessToken.Value, endpoint.GrantTypes), Is.EqualTo(("t1", "password password password")));
    }

    [Test]
    public async Task A_server_that_does_not_say_when_it_accepts_requests_again_gets_one([Values] bool isRefresh, [Values(429, 400)] int status)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(status, "slow_down"), Token());

        var failure = await _time.FailureOfAsync(isRefresh ? RefreshAsync(endpoint) : LoginAsync(endpoint));

        Assert.That((endpoint.Received.Count, failure.Reason), Is.EqualTo((1, ApiaxAuthFailure.Unavailable)));
    }

    [TestCaseSource(nameof(AnswersInDoubt))]
    public async Task A_password_whose_login_may_be_in_progress_is_not_sent_again(Func<ManualClock, Answer> answer)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, answer(_time), Token());

        var failure = await _time.FailureOfAsync(LoginAsync(endpoint));

        Assert.That((endpoint.GrantTypes, failure.Reason), Is.EqualTo(("password", ApiaxAuthFailure.Unavailable)));
    }

    [TestCaseSource(nameof(Failures))]
    public async Task A_form_that_was_not_read_is_sent_again_after_any_failure(Func<ManualClock, Answer> answer)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Token()) { Unread = new([answer(_time), answer(_time)]) };

        var tokens = await _time.PassUntilAsync(LoginAsync(endpoint, limit: TimeSpan.FromMinutes(2)));

        Assert.That((tokens.AccessToken.Value, endpoint.GrantTypes), Is.EqualTo(("t1", "password")));
    }

    [Test]
    public async Task A_slow_request_has_all_the_remaining_time([Values] bool isRefresh)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, async cancellationToken =>
        {
            await Task.Delay(TimeSpan.FromSeconds(28), _time, cancellationToken);
            return await Token()(cancellationToken);
        });

        await _time.PassUntilAsync(isRefresh ? RefreshAsync(endpoint) : LoginAsync(endpoint));

        Assert.That((endpoint.GrantTypes, _time.Seconds), Is.EqualTo((isRefresh ? "refresh_token" : "password", 28.0)));
    }

    [Test]
    public async Task A_password_is_not_sent_again_when_there_is_not_the_time_of_an_attempt()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Page(503).RetryAfter(20), Token());

        var failure = await _time.FailureOfAsync(LoginAsync(endpoint));

        Assert.That((endpoint.GrantTypes, failure.RetryAfter), Is.EqualTo(("password", (TimeSpan?)TimeSpan.FromSeconds(20))));
    }

    [Test]
    public async Task A_handler_that_ignores_its_cancellation_is_abandoned_and_its_late_failure_observed()
    {
        var time = new FakeTimeProvider(ManualClock.Noon);
        var never = new TaskCompletionSource<HttpResponseMessage>();
        using var endpoint = new ScriptedTokenEndpoint(time, _ => never.Task, Token());
        using var limit = new TimeLimit(_options.TokenTimeout, time, CancellationToken.None);
        var last = new TokenSet(new ApiaxAccessToken("t0", ManualClock.Noon, ManualClock.Noon), "r0", ManualClock.Noon.AddDays(14), ManualClock.Noon);
        var refresh = new TokenClient(() => endpoint, time).RefreshAsync(_options, last, limit);
        await endpoint.Requested.Soon();

        // What follows the end of an attempt takes real time: meanwhile, the clock advances by a millisecond for each check.
        time.Advance(_options.TokenTimeout);
        await Waiting.UntilAsync(
            () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(1));
                return Task.FromResult(refresh.IsCompleted);
            },
            "the handler is not given up");

        never.SetException(new IOException("late"));
        Assert.That((await refresh).Meaning, Is.EqualTo(AnswerMeaning.Lost));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task After_a_cancelled_pause_the_failure_before_it_is_reported(bool isRefresh)
    {
        using var cancelled = new CancellationTokenSource();
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(503, "temporarily_unavailable"), Token());
        var sending = isRefresh ? RefreshAsync(endpoint, cancellationToken: cancelled.Token) : LoginAsync(endpoint, cancellationToken: cancelled.Token);
        await endpoint.Requested;
        await Waiting.SettleAsync();

        await cancelled.CancelAsync();
        var failure = await _time.FailureOfAsync(sending);

        Assert.That((endpoint.Received.Count, failure.Message), Is.EqualTo((1, "The token endpoint answered temporarily_unavailable, status 503 (application/json).")));
    }

    [TestCaseSource(nameof(CompletedAnswers))]
    public async Task After_three_attempts_the_endpoint_is_unavailable(Func<ManualClock, Answer> answer)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, answer(_time));

        var failure = await _time.FailureOfAsync(RefreshAsync(endpoint, limit: TimeSpan.FromMinutes(2)));

        Assert.Multiple(() =>
        {
            Assert.That(endpoint.GrantTypes, Is.EqualTo("refresh_token refresh_token refresh_token"));
            Assert.That(failure.Reason, Is.EqualTo(ApiaxAuthFailure.Unavailable));
            Assert.That(failure.ToString(), Does.Not.Contain("secret"));
        });
    }

    [Test]
    public async Task Password_attempts_are_a_second_and_a_half_apart_at_least()
    {
        for (var i = 0; i < 20; i++)
        {
            using var endpoint = new ScriptedTokenEndpoint(_time, Page(503), Page(503), Token());
            await _time.PassUntilAsync(LoginAsync(endpoint));

            Assert.That(Distances(endpoint), Has.Count.EqualTo(2).And.All.InRange(1.5, 1.875));
        }
    }

    [Test]
    public async Task Refreshes_are_tried_again_sooner_and_never_at_the_same_instant()
    {
        var seen = new HashSet<double>();
        for (var i = 0; i < 20; i++)
        {
            using var endpoint = new ScriptedTokenEndpoint(_time, Page(503), Page(503), Token());
            await _time.PassUntilAsync(RefreshAsync(endpoint));
            var distances = Distances(endpoint);

            Assert.Multiple(() =>
            {
                Assert.That(distances[0], Is.InRange(0.5, 0.625));
                Assert.That(distances[1], Is.InRange(1, 1.25));
            });
            seen.Add(distances[1]);
        }

        Assert.That(seen, Has.Count.GreaterThan(1));
    }

    [Test]
    public async Task A_retry_sends_the_same_refresh_token()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Page(500), Unreachable(), Token());

        await _time.PassUntilAsync(RefreshAsync(endpoint));

        Assert.That(endpoint.Received.Select(request => request.Form["refresh_token"]), Is.EqualTo((string[])["r0", "r0", "r0"]));
    }

    [Test]
    public async Task Each_attempt_has_its_own_time_limit()
    {
        _options.AttemptTimeout = TimeSpan.FromSeconds(5);
        using var endpoint = new ScriptedTokenEndpoint(_time, Token()) { Unread = new([Silence(_time)]) };

        await _time.PassUntilAsync(RefreshAsync(endpoint));

        Assert.That(_time.Seconds, Is.InRange(5.5, 5.625));
    }

    [Test]
    public async Task A_server_that_never_answers_is_reported()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Silence(_time));

        var failure = await _time.FailureOfAsync(RefreshAsync(endpoint));

        Assert.That((failure.Message, endpoint.GrantTypes), Is.EqualTo(($"The token endpoint {ApiaxAuthDefaults.TokenEndpoint} did not answer within 30 s.", "refresh_token")));
    }

    [Test]
    public async Task The_last_failure_is_reported_although_an_earlier_attempt_had_an_answer()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Page(502), Page(502), Unreachable());

        var failure = await _time.FailureOfAsync(RefreshAsync(endpoint));

        Assert.That(failure.Message, Does.Not.Contain("502"));
    }

    [Test]
    public async Task A_Retry_After_is_respected()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Page(503).RetryAfter(12), Token());

        await _time.PassUntilAsync(LoginAsync(endpoint));

        Assert.That(Distances(endpoint).Single(), Is.InRange(12, 15));
    }

    [TestCase(0, null)]
    [TestCase(0, 300.0)]
    public async Task A_Retry_After_may_be_a_date_by_the_servers_clock(double ours, double? aheadOfUs)
    {
        var server = _time.GetUtcNow().AddSeconds(aheadOfUs ?? ours);
        using var endpoint = new ScriptedTokenEndpoint(
            _time,
            Page(429).With(headers => (headers.Date, headers.RetryAfter) = (aheadOfUs is null ? null : server, new(server.AddSeconds(8)))),
            Token());

        await _time.PassUntilAsync(LoginAsync(endpoint));

        Assert.That(Distances(endpoint).Single(), Is.InRange(8, 10));
    }

    [Test]
    public async Task A_Retry_After_in_the_past_or_shorter_than_the_delay_changes_nothing()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Page(503).With(headers => headers.RetryAfter = new(ManualClock.Noon.AddYears(-1))), Page(503).RetryAfter(0), Token());

        await _time.PassUntilAsync(LoginAsync(endpoint));

        Assert.That(Distances(endpoint), Has.All.InRange(1.5, 1.875).And.Exactly(2).Items);
    }

    [TestCase(429, 59, 12)]
    [TestCase(503, 8, 2)]
    [TestCase(503, 600, 12, 20.0)]
    public async Task While_a_token_is_valid_a_Retry_After_of_more_than_a_quarter_of_its_remaining_time_becomes_a_back_off(int status, double left, double wish, double? refreshTokenLeft = null)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Page(status).RetryAfter(wish), Token());
        TimeSpan? refreshTokenEnds = refreshTokenLeft is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

        var failure = await _time.FailureOfAsync(RefreshAsync(endpoint, left: TimeSpan.FromSeconds(left), refreshTokenLeft: refreshTokenEnds));

        Assert.That((endpoint.Received.Count, _time.Seconds, failure.RetryAfter), Is.EqualTo((1, 0.0, TimeSpan.FromSeconds(wish))));
    }

    [TestCase(60, 12)]
    [TestCase(2, 1)]
    [TestCase(0, 12)]
    public async Task Otherwise_the_Retry_After_is_respected(double left, double wish)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Page(503).RetryAfter(wish), Token());

        await _time.PassUntilAsync(RefreshAsync(endpoint, left: TimeSpan.FromSeconds(left)));

        Assert.That(Distances(endpoint).Single(), Is.InRange(wish, wish * 1.25));
    }

    [TestCase(30, 30)]
    [TestCase(120, 120)]
    [TestCase(86400, 300)]
    public async Task A_Retry_After_beyond_the_time_limit_becomes_a_back_off(double wish, double backOff)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Page(503).RetryAfter(wish));

        var failure = await _time.FailureOfAsync(LoginAsync(endpoint));

        Assert.Multiple(() =>
        {
            Assert.That(endpoint.Received, Has.Count.EqualTo(1));
            Assert.That(_time.GetUtcNow(), Is.EqualTo(ManualClock.Noon));
            Assert.That(failure.RetryAfter, Is.EqualTo(TimeSpan.FromSeconds(backOff)));
        });
    }

    [TestCase("2147483648")]
    [TestCase("99999999999999999999")]
    public async Task A_Retry_After_that_is_too_long_for_a_header_of_NET_counts_as_five_minutes(string wish)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Page(503).With(headers => headers.TryAddWithoutValidation("Retry-After", wish)));

        var failure = await _time.FailureOfAsync(LoginAsync(endpoint));

        Assert.That((endpoint.Received.Count, failure.RetryAfter), Is.EqualTo((1, TimeSpan.FromMinutes(5))));
    }

    [TestCase("-1")]
    [TestCase("soon")]
    [TestCase("")]
    public async Task A_Retry_After_that_is_none_is_ignored(string wish)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Page(503).With(headers => headers.TryAddWithoutValidation("Retry-After", wish)), Token());

        await _time.PassUntilAsync(LoginAsync(endpoint));

        Assert.That(Distances(endpoint).Single(), Is.InRange(1.5, 1.875));
    }

    [Test]
    public async Task There_is_no_wait_for_a_retry_after_the_deadline()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Unreachable());

        var failure = await _time.FailureOfAsync(RefreshAsync(endpoint, limit: TimeSpan.FromSeconds(1.4)));

        Assert.That((_time.GetUtcNow(), failure.Reason), Is.EqualTo((ManualClock.Noon, ApiaxAuthFailure.Unavailable)));
        Assert.That(failure.Message, Does.EndWith("could not be reached."));
    }

    [Test]
    public async Task The_random_addition_does_not_move_a_retry_past_the_deadline()
    {
        for (var i = 0; i < 20; i++)
        {
            var deadline = _time.GetUtcNow().AddSeconds(30);
            using var endpoint = new ScriptedTokenEndpoint(_time, Page(503).RetryAfter(28), Token());
            await _time.PassUntilAsync(RefreshAsync(endpoint));

            Assert.That(endpoint.Received[1].On, Is.LessThan(deadline));
        }
    }

    [Test]
    public async Task A_cancelled_request_is_not_tried_again()
    {
        using var cancelled = new CancellationTokenSource();
        using var endpoint = new ScriptedTokenEndpoint(_time, Silence(_time));
        var login = LoginAsync(endpoint, cancellationToken: cancelled.Token);

        await cancelled.CancelAsync();

        await _time.FailureOfAsync(login);
        Assert.That(endpoint.Received, Has.Count.EqualTo(1));
    }

    [TestCase(200, Bearer, "t1", null)]
    [TestCase(401, """{"error":"access_denied"}""", null, "access_denied")]
    public async Task An_answer_that_is_complete_at_the_last_moment_counts_despite_earlier_failures(int status, string body, string? token, string? error)
    {
        var deadline = _time.GetUtcNow() + _options.TokenTimeout;
        using var endpoint = new ScriptedTokenEndpoint(_time, Page(503), By(() => new HttpResponseMessage((System.Net.HttpStatusCode)status)
        {
            Content = new StreamContent(new LateEnd(body, () => _time.SetUtcNow(deadline))) { Headers = { ContentType = new("application/json") } },
        }));
        var last = new TokenSet(new ApiaxAccessToken("t0", deadline, deadline), "r0", deadline.AddDays(14), deadline);

        using var limit = new TimeLimit(_options.TokenTimeout, _time, CancellationToken.None);
        var outcome = await _time.PassUntilAsync(new TokenClient(() => endpoint, _time).RefreshAsync(_options, last, limit));

        Assert.That((outcome.Tokens?.AccessToken.Value, outcome.Failure?.Error, endpoint.Received.Count), Is.EqualTo((token, error, 2)));
    }

    [Test]
    public void An_outcome_prints_what_it_means_and_no_token() => Assert.That($"{new TokenOutcome(AnswerMeaning.Busy, Failure: null)}", Is.EqualTo("TokenOutcome { Busy }"));

    private async Task<TokenSet> LoginAsync(ScriptedTokenEndpoint endpoint, TimeSpan? limit = null, CancellationToken cancellationToken = default)
    {
        var length = limit ?? _options.TokenTimeout;
        using var all = new TimeLimit(length, _time, cancellationToken);
        return await new TokenClient(() => endpoint, _time).LoginAsync(_options, new ApiaxCredentials("user", "secret"), all).RequireAsync();
    }

    private async Task<TokenSet> RefreshAsync(ScriptedTokenEndpoint endpoint, TimeSpan? limit = null, TimeSpan left = default, TimeSpan? refreshTokenLeft = null, CancellationToken cancellationToken = default)
    {
        var (now, length) = (_time.GetUtcNow(), limit ?? _options.TokenTimeout);
        using var all = new TimeLimit(length, _time, cancellationToken);
        var last = new TokenSet(new ApiaxAccessToken("t0", now + left, now), "r0", now + (refreshTokenLeft ?? TimeSpan.FromDays(14)), now) { RefreshTokenLife = refreshTokenLeft };
        return await new TokenClient(() => endpoint, _time).RefreshAsync(_options, last, all).RequireAsync();
    }

    private static List<double> Distances(ScriptedTokenEndpoint endpoint) =>
        [.. endpoint.Received.Zip(endpoint.Received.Skip(1), (one, next) => (next.On - one.On).TotalSeconds)];

    private sealed class LateEnd(string text, Action onEnd) : MemoryStream(System.Text.Encoding.UTF8.GetBytes(text))
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await base.ReadAsync(buffer, CancellationToken.None);
            if (count == 0)
                onEnd();

            return count;
        }
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("half an answer");
    }
}
