using Apiax.Http.Handlers.Tests.Doubles;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using static Apiax.Http.Handlers.Tests.Doubles.Answers;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TokenAcquisitionTests
{
    private static readonly CredentialsFingerprint Fingerprint = CredentialsFingerprint.Of("user", "password");

    private static readonly TestCaseData[] BeforeTheTimeWasUp =
    [
        new TestCaseData(Page(503), "The token endpoint answered 503 (text/html).").SetArgDisplayNames("overloaded"),
        new TestCaseData(Unreachable(), $"The token endpoint {ApiaxAuthDefaults.TokenEndpoint} could not be reached.").SetArgDisplayNames("unreachable"),
    ];

    private static readonly TestCaseData[] WithoutVerdict =
    [
        new TestCaseData(Page(429), true).SetArgDisplayNames("busy"),
        new TestCaseData(Page(503), true).SetArgDisplayNames("overloaded"),
        new TestCaseData(Unreachable(), false).SetArgDisplayNames("not sent"),
    ];

    private readonly ManualClock _time = new();
    private readonly ApiaxAuthOptions _options = new();
    private readonly FakeLogger _log = new();

    [Test]
    public async Task A_cold_account_signs_in_with_the_password()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Token());
        var result = await FlyAsync(endpoint, TokenState.Cold, new ScriptedCredentials());

        Assert.That((endpoint.GrantTypes, result.Tokens!.AccessToken.Value, result.Credentials), Is.EqualTo(("password", "t1", Fingerprint)));
    }

    [Test]
    public async Task A_valid_refresh_token_is_used_without_reading_the_password()
    {
        var credentials = new ScriptedCredentials();
        using var endpoint = new ScriptedTokenEndpoint(_time, Token());
        var result = await FlyAsync(endpoint, SignedIn(), credentials);

        Assert.That((endpoint.GrantTypes, credentials.Questions, result.Credentials), Is.EqualTo(("refresh_token", 0, (CredentialsFingerprint?)null)));
    }

    [Test]
    public async Task A_refresh_token_after_its_14_days_is_not_sent()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Token());
        await FlyAsync(endpoint, SignedIn(refreshTokenLives: TimeSpan.Zero), new ScriptedCredentials());

        Assert.That(endpoint.GrantTypes, Is.EqualTo("password"));
    }

    [TestCase(400, "invalid_grant")]
    [TestCase(401, "invalid_grant")]
    [TestCase(200, "invalid_grant")]
    [TestCase(400, "invalid_token")]
    [TestCase(400, null)]
    [TestCase(401, null)]
    public async Task A_refused_refresh_falls_back_to_the_password_in_the_same_flight(int status, string? error)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, error is null ? Empty(status) : Error(status, error), Token());
        var result = await FlyAsync(endpoint, SignedIn(), new ScriptedCredentials());
        result.Log(_log);

        Assert.Multiple(() =>
        {
            Assert.That(endpoint.GrantTypes, Is.EqualTo("refresh_token password"));
            Assert.That(result.Tokens!.AccessToken.Value, Is.EqualTo("t1"));
            Assert.That(_log.Collector.GetSnapshot().Select(record => record.Level), Is.EqualTo((LogLevel[])[LogLevel.Warning, LogLevel.Information]));
            Assert.That(_log.Collector.GetSnapshot()[0].Message, Does.Contain(error is null ? "(no error code)" : $"({error})"));
        });
    }

    [TestCase(403, "access_denied", ApiaxAuthFailure.Misconfigured)]
    [TestCase(401, "unauthorized_client", ApiaxAuthFailure.Misconfigured)]
    [TestCase(400, "unsupported_grant_type", ApiaxAuthFailure.Misconfigured)]
    [TestCase(404, "Realm does not exist", ApiaxAuthFailure.Misconfigured)]
    [TestCase(404, "Not Found", ApiaxAuthFailure.Misconfigured)]
    [TestCase(403, "", ApiaxAuthFailure.InvalidAnswer)]
    [TestCase(404, "", ApiaxAuthFailure.InvalidAnswer)]
    [TestCase(451, "", ApiaxAuthFailure.InvalidAnswer)]
    [TestCase(400, "", ApiaxAuthFailure.InvalidAnswer)]
    public async Task A_failure_that_is_not_about_the_refresh_token_keeps_it(int status, string error, ApiaxAuthFailure reason)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(status, error));
        var result = await FlyAsync(endpoint, SignedIn(), new ScriptedCredentials());

        Assert.That(
            (endpoint.GrantTypes, result.Failure!.Reason, result.RefreshRefusal, result.RefreshTokenUse, result.IsRefreshStalled),
            Is.EqualTo(("refresh_token", reason, (string?)null, RefreshTokenUse.Unused, true)));
    }

    [TestCase(503)]
    [TestCase(429)]
    [TestCase(302)]
    [TestCase(200)]
    [TestCase(400)]
    [TestCase(401)]
    [TestCase(403)]
    [TestCase(404)]
    [TestCase(407)]
    public async Task An_endpoint_that_is_down_costs_neither_the_refresh_token_nor_a_login(int status)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Page(status));
        var result = await FlyAsync(endpoint, SignedIn(), new ScriptedCredentials());

        Assert.Multiple(() =>
        {
            Assert.That(endpoint.GrantTypes, Does.Not.Contain("password"));
            Assert.That((result.RefreshRefusal, result.Credentials), Is.EqualTo(((string?)null, (CredentialsFingerprint?)null)));
        });
    }

    [TestCase("invalid_request")]
    [TestCase("invalid_client")]
    public async Task A_server_that_rejects_client_assertion_type_gets_another_request_without_it_and_then_none_with_it(string error)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, error), Token());
        var acquisition = Acquisition(endpoint, new ScriptedCredentials());
        for (var generation = 0; generation < 3; generation++)
            (await _time.PassUntilAsync(acquisition.FlyAsync(SignedIn(), CancellationToken.None))).Log(_log);

        Assert.That(SentWithAssertionType(endpoint), Is.EqualTo([true, false, false, false]));
        Assert.That(endpoint.Received[..2].Select(request => request.Form["refresh_token"]), Is.EqualTo(["r0", "r0"]));
        Assert.That(_log.Collector.GetSnapshot().Count(record => record.Id.Name is "AssertionTypeLeftOut"), Is.EqualTo(1));
    }

    [TestCase("invalid_request", 3)]
    [TestCase("server_error", 5)]
    public async Task If_the_request_without_it_also_fails_it_is_not_remembered(string second, int requests)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, [Error(400, "invalid_request"), .. Enumerable.Repeat(Error(400, second), requests - 2), Token()]);
        var acquisition = Acquisition(endpoint, new ScriptedCredentials());
        var failed = await _time.PassUntilAsync(acquisition.FlyAsync(SignedIn(), CancellationToken.None));
        var granted = await _time.PassUntilAsync(acquisition.FlyAsync(SignedIn(), CancellationToken.None));

        Assert.That((failed.Failure is null, failed.LeavesOutAssertionType, granted.Tokens is null, granted.LeavesOutAssertionType), Is.EqualTo((false, false, false, false)));
        Assert.That(SentWithAssertionType(endpoint), Is.EqualTo([true, .. Enumerable.Repeat(false, requests - 2), true]));
    }

    [TestCase("unauthorized_client")]
    [TestCase("access_denied")]
    [TestCase("unsupported_grant_type")]
    [TestCase("invalid_grant")]
    public async Task Any_other_refusal_is_not_about_it(string error)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, error), Token());
        await FlyAsync(endpoint, SignedIn(), new ScriptedCredentials());

        Assert.That(SentWithAssertionType(endpoint).Count(isSent => isSent), Is.EqualTo(1));
        Assert.That(endpoint.GrantTypes, Is.EqualTo(error is "invalid_grant" ? "refresh_token password" : "refresh_token"));
    }

    [Test]
    public async Task Without_it_from_the_start_a_refusal_is_one()
    {
        _options.SendClientAssertionType = false;
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, "invalid_request"));
        var result = await FlyAsync(endpoint, SignedIn(), new ScriptedCredentials());

        Assert.That((endpoint.GrantTypes, result.Failure!.Reason), Is.EqualTo(("refresh_token", ApiaxAuthFailure.Misconfigured)));
    }

    [Test]
    public async Task An_ended_session_is_also_recognized_without_it()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, "invalid_request"), Error(400, "invalid_grant"), Token());
        var result = await FlyAsync(endpoint, SignedIn(), new ScriptedCredentials());

        Assert.That((endpoint.GrantTypes, result.RefreshRefusal, result.LeavesOutAssertionType), Is.EqualTo(("refresh_token refresh_token password", "invalid_grant", false)));
    }

    [Test]
    public async Task While_a_token_is_valid_a_login_waits_for_no_Retry_After_of_more_than_a_quarter_of_its_remaining_time()
    {
        var now = _time.GetUtcNow();
        var last = new TokenSet(new ApiaxAccessToken("t0", now.AddSeconds(20), now), RefreshToken: null, now, now);
        using var endpoint = new ScriptedTokenEndpoint(_time, Page(503).RetryAfter(12), Token());
        var result = await _time.PassUntilAsync(Acquisition(endpoint, new ScriptedCredentials()).FlyAsync(new FlightPlan(last, CoolDown: null), CancellationToken.None));

        Assert.That((endpoint.GrantTypes, result.Failure!.RetryAfter, _time.Seconds), Is.EqualTo(("password", TimeSpan.FromSeconds(12), 0.0)));
    }

    [Test]
    public async Task Without_a_connection_no_password_is_sent_although_it_is_due()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Token()) { Unread = new([Unreachable(), Unreachable(), Unreachable()]) };
        var plan = new FlightPlan(SignedIn().Tokens, CoolDown: null) { IsPasswordDueAt = (_, _) => true };
        var result = await _time.PassUntilAsync(Acquisition(endpoint, new ScriptedCredentials()).FlyAsync(plan, CancellationToken.None));

        Assert.That((endpoint.GrantTypes, result.Failure!.Reason, result.IsRefreshStalled), Is.EqualTo(("", ApiaxAuthFailure.Unavailable, false)));
    }

    [Test]
    public async Task A_refresh_whose_answer_was_lost_is_tried_again_and_then_the_password()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, By(() => throw new IOException("half an answer")), Error(400, "invalid_grant"), Token());
        var result = await FlyAsync(endpoint, SignedIn(), new ScriptedCredentials());

        Assert.That((endpoint.GrantTypes, result.Failure), Is.EqualTo(("refresh_token refresh_token password", (ApiaxAuthException?)null)));
    }

    [Test]
    public async Task A_rejected_password_is_sent_twice_and_reported_with_the_refused_refresh_token()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, "invalid_grant"));
        var result = await FlyAsync(endpoint, SignedIn(), new ScriptedCredentials());

        Assert.That(_time.Seconds, Is.InRange(1.5, 10));
        Assert.That(
            (endpoint.GrantTypes, result.Failure!.Reason, result.Credentials, result.RefreshRefusal),
            Is.EqualTo(("refresh_token password password", ApiaxAuthFailure.CredentialsRejected, Fingerprint, "invalid_grant")));
    }

    [Test]
    public async Task While_it_cools_down_a_rejected_password_is_not_sent_again()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Token());
        var rejection = new ApiaxAuthException(ApiaxAuthFailure.CredentialsRejected, "rejected");
        var result = await FlyAsync(endpoint, CoolingDown(rejection), new ScriptedCredentials());

        Assert.That((endpoint.Received.Count, result.Failure, result.Credentials), Is.EqualTo((0, rejection, (CredentialsFingerprint?)null)));
    }

    [Test]
    public async Task Another_password_is_sent_at_once()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Token());
        var result = await FlyAsync(endpoint, CoolingDown(), new ScriptedCredentials("another"));

        Assert.That((endpoint.Received.Single().Form["password"], result.Failure), Is.EqualTo(("another", (ApiaxAuthException?)null)));
    }

    [Test]
    public async Task After_the_cool_down_the_same_password_is_sent()
    {
        var state = CoolingDown();
        _time.Advance(TimeSpan.FromMinutes(1));
        using var endpoint = new ScriptedTokenEndpoint(_time, Token());
        await FlyAsync(endpoint, state, new ScriptedCredentials());

        Assert.That(endpoint.GrantTypes, Is.EqualTo("password"));
    }

    [Test]
    public async Task A_provider_that_throws_is_Unavailable_with_its_inner_exception()
    {
        var broken = new InvalidOperationException("the vault is sealed");
        using var endpoint = new ScriptedTokenEndpoint(_time, Token());

        foreach (var credentials in (ScriptedCredentials[])[new(_ => throw broken), new(_ => ValueTask.FromException<ApiaxCredentials>(broken))])
        {
            var result = await FlyAsync(endpoint, TokenState.Cold, credentials);

            Assert.That((result.Failure!.Reason, result.Failure.InnerException, endpoint.Received.Count), Is.EqualTo((ApiaxAuthFailure.Unavailable, broken, 0)));
            Assert.That(result.Failure.Message, Is.EqualTo("The credentials could not be obtained."));
        }
    }

    [Test]
    public async Task A_cancellation_by_the_provider_itself_is_a_failure()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Token());
        var result = await FlyAsync(endpoint, TokenState.Cold, new ScriptedCredentials(_ => throw new TaskCanceledException("the vault's own limit")));

        Assert.That(result.Failure!.Reason, Is.EqualTo(ApiaxAuthFailure.Unavailable));
        Assert.That(result.Failure.InnerException, Is.TypeOf<TaskCanceledException>());
    }

    [Test]
    public async Task A_provider_that_returns_null_is_named()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Token());
        var result = await FlyAsync(endpoint, TokenState.Cold, new ScriptedCredentials(_ => new ValueTask<ApiaxCredentials>((ApiaxCredentials)null!)));

        Assert.That(result.Failure!.Reason, Is.EqualTo(ApiaxAuthFailure.Unavailable));
        Assert.That(result.Failure.InnerException!.Message, Does.Contain(nameof(IApiaxCredentialsProvider)));
    }

    [Test]
    public async Task A_provider_that_hangs_ends_with_the_flight()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Token());
        var result = await FlyAsync(endpoint, TokenState.Cold, new ScriptedCredentials(cancellationToken => new ValueTask<ApiaxCredentials>(_time.SilenceAsync<ApiaxCredentials>(cancellationToken))));

        Assert.That((_time.Seconds, result.Failure!.Reason, result.Failure.Message), Is.EqualTo((30.0, ApiaxAuthFailure.Unavailable, "No token within 30 s: the credentials or an earlier login took too long.")));
    }

    [Test]
    public async Task A_provider_that_ignores_its_cancellation_ends_with_the_flight()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Token());
        using var forgotten = new CancellationTokenSource();
        var result = await FlyAsync(endpoint, TokenState.Cold, new ScriptedCredentials(_ => new ValueTask<ApiaxCredentials>(_time.SilenceAsync<ApiaxCredentials>(forgotten.Token))));

        Assert.That((_time.Seconds, result.Failure!.Reason), Is.EqualTo((30.0, ApiaxAuthFailure.Unavailable)));
    }

    [Test]
    public async Task A_provider_that_blocks_its_thread_ends_with_the_flight()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Token());
        using var released = new ManualResetEventSlim();
        var blocked = new TaskCompletionSource();
        var flight = Acquisition(endpoint, new ScriptedCredentials(_ =>
        {
            blocked.SetResult();
            released.Wait(CancellationToken.None);
            return default;
        })).FlyAsync(TokenState.Cold, CancellationToken.None);

        await blocked.Task.Soon();
        _time.Advance(_options.TokenTimeout);
        var result = await flight.Soon();
        released.Set();

        Assert.That(result.Failure!.Reason, Is.EqualTo(ApiaxAuthFailure.Unavailable));
    }

    [Test]
    public async Task If_a_provider_turns_its_cancellation_into_another_exception_earlier_results_of_the_flight_are_kept()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, "invalid_grant"));
        var result = await FlyAsync(endpoint, SignedIn(), new ScriptedCredentials(_ =>
        {
            _time.Advance(_options.TokenTimeout);
            throw new TimeoutException("the vault is slow");
        }));

        Assert.That((result.Failure!.Reason, result.RefreshRefusal), Is.EqualTo((ApiaxAuthFailure.Unavailable, "invalid_grant")));
    }

    [Test]
    public async Task A_flight_has_a_time_limit_for_all_its_waits()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Silence(_time));
        var result = await FlyAsync(endpoint, SignedIn(), new ScriptedCredentials());

        Assert.That((_time.Seconds, result.Failure!.Reason, result.RefreshRefusal), Is.EqualTo((30.0, ApiaxAuthFailure.Unavailable, (string?)null)));
    }

    [Test]
    public async Task A_flight_that_has_waited_for_its_turn_has_only_the_remaining_time()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Silence(_time));
        var plan = new FlightPlan(Last: null, CoolDown: null) { Timeout = TimeSpan.FromSeconds(3) };
        _options.AttemptTimeout = TimeSpan.FromSeconds(3);
        var result = await _time.PassUntilAsync(Acquisition(endpoint, new ScriptedCredentials()).FlyAsync(plan, CancellationToken.None));

        Assert.That((_time.Seconds, result.Failure!.Message), Is.EqualTo((3.0, $"The token endpoint {ApiaxAuthDefaults.TokenEndpoint} did not answer within 3 s.")));
    }

    [Test]
    public async Task If_a_handler_of_the_application_throws_earlier_results_of_the_flight_are_kept()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, "invalid_grant"), _ => throw new NotSupportedException("a handler's own"));
        var result = await FlyAsync(endpoint, SignedIn(), new ScriptedCredentials());

        Assert.That((result.Failure!.Reason, result.Credentials, result.RefreshRefusal), Is.EqualTo((ApiaxAuthFailure.Unavailable, Fingerprint, "invalid_grant")));
        Assert.That(result.Failure.InnerException, Is.TypeOf<NotSupportedException>());
        Assert.That(result.Failure.Message, Is.EqualTo($"The request to {ApiaxAuthDefaults.TokenEndpoint} failed unexpectedly."));
    }

    [TestCaseSource(nameof(BeforeTheTimeWasUp))]
    public async Task A_flight_that_times_out_during_a_retry_reports_the_failure_before_it(Answer first, string message)
    {
        _options.AttemptTimeout = _options.TokenTimeout;
        using var endpoint = new ScriptedTokenEndpoint(_time, first, Silence(_time));
        var result = await FlyAsync(endpoint, SignedIn(), new ScriptedCredentials());

        Assert.That((_time.Seconds, endpoint.Received.Count, result.Failure!.Message), Is.EqualTo((30.0, 2, message)));
    }

    [Test]
    public async Task A_password_whose_request_was_cancelled_is_not_sent_again_at_once()
    {
        _options.AttemptTimeout = _options.TokenTimeout;
        using var endpoint = new ScriptedTokenEndpoint(_time, Silence(_time));
        var result = await FlyAsync(endpoint, TokenState.Cold, new ScriptedCredentials());

        var state = TokenState.Cold.FlightStarted().FlightEnded(result, _time.GetUtcNow());
        Assert.That((state.Decide(_time.GetUtcNow().AddSeconds(9.9)), result.Credentials), Is.EqualTo((TokenDecision.Fail, Fingerprint)));
    }

    [Test]
    public void Disposal_ends_the_flight()
    {
        using var disposed = new CancellationTokenSource();
        using var endpoint = new ScriptedTokenEndpoint(_time, Silence(_time));
        var flight = Acquisition(endpoint, new ScriptedCredentials()).FlyAsync(SignedIn(), disposed.Token);

        disposed.Cancel();

        Assert.That(() => flight.Soon(), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task The_settings_are_those_at_the_start_of_the_flight()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, "invalid_grant"), Token());
        var settings = new Queue<ApiaxAuthOptions>([new() { ClientId = "first" }, new() { ClientId = "second" }]);
        var acquisition = new TokenAcquisition(new TokenClient(() => endpoint, _time), new ScriptedCredentials(), settings.Dequeue, _time, NullLogger.Instance);

        await _time.PassUntilAsync(acquisition.FlyAsync(SignedIn(), CancellationToken.None));

        Assert.That(endpoint.Received.Select(request => request.Form["client_id"]), Is.EqualTo((string[])["first", "first"]));
    }

    [Test]
    public async Task Nothing_secret_is_logged()
    {
        using var endpoint = new ScriptedTokenEndpoint(
            _time,
            Token("""{"access_token":"secret","refresh_token":"secret"}"""),
            Error(400, "invalid_grant", "secret"),
            Token("""{"access_token":"secret"}"""));
        (await FlyAsync(endpoint, SignedIn("secret"), new ScriptedCredentials("secret"))).Log(_log);
        (await FlyAsync(endpoint, SignedIn("secret"), new ScriptedCredentials("secret"))).Log(_log);

        Assert.That(_log.Collector.GetSnapshot().Select(record => record.Message), Has.Exactly(3).Items.And.None.Contains("secret").And.None.Contains("user"));
    }

    [Test]
    public async Task An_unexpected_exception_is_a_failure_with_it_as_inner_exception()
    {
        var cause = new NotSupportedException("nobody thought of it");
        using var endpoint = new ScriptedTokenEndpoint(_time, Token());
        var plan = new FlightPlan(Last: null, CoolDown: null) { BeforeLogin = (_, _) => throw cause };
        var result = await _time.PassUntilAsync(Acquisition(endpoint, new ScriptedCredentials()).FlyAsync(plan, CancellationToken.None));

        Assert.That((result.Failure!.Reason, result.Failure.InnerException, endpoint.Received.Count), Is.EqualTo((ApiaxAuthFailure.Unavailable, cause, 0)));
        Assert.That(result.Failure.Message, Does.Contain("failed unexpectedly"));
    }

    [Test]
    public async Task Without_credentials_for_another_session_the_old_one_is_used_to_its_end()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Token());
        var result = await FlyEndingAsync(endpoint, new ScriptedCredentials(_ => throw new IOException("the vault is sealed")));

        Assert.That((endpoint.GrantTypes, result.Tokens!.AccessToken.Value, result.LoginFailure!.Message), Is.EqualTo(("refresh_token", "t1", "The credentials could not be obtained.")));
    }

    [Test]
    public async Task If_login_and_refresh_fail_the_login_failure_is_reported_with_the_refused_refresh_token()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, "invalid_grant"));
        var result = await FlyEndingAsync(endpoint, new ScriptedCredentials(_ => throw new IOException("the vault is sealed")));

        Assert.That((endpoint.GrantTypes, result.Failure!.Message, result.RefreshRefusal), Is.EqualTo(("refresh_token", "The credentials could not be obtained.", "invalid_grant")));
    }

    [TestCase(false, RefreshTokenUse.Uncertain)]
    [TestCase(true, RefreshTokenUse.Unused)]
    public async Task If_login_and_refresh_fail_it_is_known_what_the_refresh_did(bool isPasswordDue, RefreshTokenUse use)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, isPasswordDue ? Page(403) : Empty(400));
        var result = await FlyEndingAsync(endpoint, new ScriptedCredentials(_ => throw new IOException("the vault is sealed")), isPasswordDue);

        Assert.That(
            (result.Failure!.Message, result.RefreshTokenUse, result.IsRefreshStalled, result.IsUnread),
            Is.EqualTo(("The credentials could not be obtained.", use, true, false)));
    }

    [Test]
    public async Task If_a_login_is_not_sent_after_a_refresh_it_is_known_what_the_refresh_did()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Empty(400));
        var settled = FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.CredentialsRejected, "rejected by another replica"));
        var plan = new FlightPlan(SignedIn().Tokens, CoolDown: null) { BeforeLogin = (_, _) => Task.FromResult<FlightResult?>(settled) };
        var result = await _time.PassUntilAsync(Acquisition(endpoint, new ScriptedCredentials()).FlyAsync(plan, CancellationToken.None));

        Assert.That(
            (result.Failure, result.RefreshRefusal, result.RefreshTokenUse, result.IsRefreshStalled),
            Is.EqualTo((settled.Failure, "no error code", RefreshTokenUse.Uncertain, true)));
    }

    [TestCase("unauthorized_client")]
    [TestCase("unsupported_grant_type")]
    public async Task Without_a_valid_token_a_client_that_may_not_refresh_signs_in_in_the_same_flight(string error)
    {
        var state = SignedIn();
        _time.Advance(TimeSpan.FromMinutes(31));
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, error), Token());
        var result = await FlyAsync(endpoint, state, new ScriptedCredentials());

        Assert.That((endpoint.GrantTypes, result.Tokens?.AccessToken.Value), Is.EqualTo(("refresh_token password", "t1")));
    }

    [Test]
    public async Task A_client_that_may_not_refresh_and_whose_login_failed_signs_in_again_after_five_minutes()
    {
        var state = SignedIn();
        _time.Advance(TimeSpan.FromMinutes(31));
        using var endpoint = new ScriptedTokenEndpoint(_time, Error(400, "unauthorized_client"));
        foreach (var seconds in (int[])[0, 299, 2])
        {
            _time.Advance(TimeSpan.FromSeconds(seconds));
            state = state.FlightStarted().FlightEnded(await FlyAsync(endpoint, state, new ScriptedCredentials()), _time.GetUtcNow());
        }

        Assert.That(endpoint.GrantTypes, Is.EqualTo("refresh_token password refresh_token refresh_token password"));
    }

    [TestCaseSource(nameof(WithoutVerdict))]
    public async Task A_login_that_the_server_did_not_judge_is_due_again_after_the_back_off(Answer answer, bool isRead)
    {
        var (state, isAvailable) = (SignedIn(), false);
        _time.Advance(TimeSpan.FromMinutes(31));
        ScriptedTokenEndpoint endpoint = null!;
        using (endpoint = new(_time, cancellationToken => endpoint.Received[^1].Form["grant_type"] == "refresh_token" ? RefuseGrant()(cancellationToken) : (isAvailable ? Token() : answer)(cancellationToken)))
        {
            state = state.FlightStarted().FlightEnded(await FlyAsync(endpoint, state, new ScriptedCredentials()), _time.GetUtcNow());
            isAvailable = true;
            _time.Advance(state.Outage!.Pause.Length);
            var result = await FlyAsync(endpoint, state, new ScriptedCredentials());

            Assert.That(result.Tokens?.AccessToken.Value, Is.EqualTo("t1"));
        }

        Answer RefuseGrant()
        {
            for (var attempt = 0; attempt < 3 && !isRead && !isAvailable; attempt++)
                endpoint.Unread.Enqueue(answer);

            return Error(400, "unauthorized_client");
        }
    }

    [TestCase(28.5, "password refresh_token")]
    [TestCase(29.5, "password")]
    public async Task No_refresh_is_sent_whose_answer_would_come_too_late(double login, string grants)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, After(login, Page(500)), Token());
        var result = await FlyEndingAsync(endpoint, new ScriptedCredentials());

        Assert.That((endpoint.GrantTypes, result.LoginFailure?.Message), Is.EqualTo((grants, "The token endpoint answered 500 (text/html).")));
    }

    [Test]
    public async Task Nor_one_without_client_assertion_type()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, After(29.5, Error(400, "invalid_request")), Token());
        var result = await FlyAsync(endpoint, SignedIn(), new ScriptedCredentials());

        Assert.That((endpoint.Received.Count, result.Failure?.Reason), Is.EqualTo((1, ApiaxAuthFailure.Unavailable)));
    }

    private Answer After(double seconds, Answer answer) => async cancellationToken =>
    {
        await Task.Delay(TimeSpan.FromSeconds(seconds), _time, cancellationToken);
        return await answer(cancellationToken);
    };

    private Task<FlightResult> FlyEndingAsync(ScriptedTokenEndpoint endpoint, IApiaxCredentialsProvider credentials, bool isPasswordDue = false)
    {
        var plan = new FlightPlan(SignedIn().Tokens! with { IsSessionEnding = true }, CoolDown: null) { IsPasswordDueAt = (_, _) => isPasswordDue };
        return _time.PassUntilAsync(Acquisition(endpoint, credentials).FlyAsync(plan, CancellationToken.None));
    }

    private static List<bool> SentWithAssertionType(ScriptedTokenEndpoint endpoint) => [.. endpoint.Received.Select(request => request.Form.ContainsKey("client_assertion_type"))];

    private Task<FlightResult> FlyAsync(ScriptedTokenEndpoint endpoint, TokenState state, IApiaxCredentialsProvider credentials) =>
        _time.PassUntilAsync(Acquisition(endpoint, credentials).FlyAsync(state, CancellationToken.None));

    private TokenAcquisition Acquisition(ScriptedTokenEndpoint endpoint, IApiaxCredentialsProvider credentials) =>
        new(new TokenClient(() => endpoint, _time), credentials, () => _options, _time, _log);

    private TokenState SignedIn(string refreshToken = "r0", TimeSpan? refreshTokenLives = null)
    {
        var now = _time.GetUtcNow();
        var tokens = new TokenSet(new ApiaxAccessToken("t0", now.AddMinutes(30), now), refreshToken, now + (refreshTokenLives ?? TimeSpan.FromDays(14)), now);
        return TokenState.Cold.FlightStarted().FlightEnded(FlightResult.Refreshed(tokens), now);
    }

    private TokenState CoolingDown(ApiaxAuthException? rejection = null)
    {
        var result = FlightResult.Failed(rejection ?? new ApiaxAuthException(ApiaxAuthFailure.CredentialsRejected, "rejected"), Fingerprint) with { PasswordPause = TimeSpan.FromMinutes(1) };
        return TokenState.Cold.FlightStarted().FlightEnded(result, _time.GetUtcNow());
    }
}
