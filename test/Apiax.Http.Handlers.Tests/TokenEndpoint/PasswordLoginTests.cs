using Apiax.Http.Handlers.Tests.Doubles;
using Microsoft.Extensions.Logging.Testing;
using static Apiax.Http.Handlers.Tests.Doubles.Answers;

namespace Apiax.Http.Handlers.Tests;

/// <summary>A rejected password may be correct, if two logins of a user overlap; and two rejections within a second lock the user.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class PasswordLoginTests
{
    private static readonly Answer Rejected = Error(401, "invalid_grant", "Invalid user credentials");

    private readonly ManualClock _time = new();
    private readonly ApiaxAuthOptions _options = new();
    private readonly FakeLogger _log = new();
    private readonly UserLogins _logins = new(new Random(4711));
    private readonly List<bool> _asked = [];
    private string _user = "anna";
    private string _password = "right";

    [Test]
    public async Task A_rejected_password_is_sent_a_second_time_after_a_pause_that_is_logged_at_once()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Rejected, Token());
        var flight = FlyAsync(endpoint);
        await Waiting.UntilAsync(() => Task.FromResult(_log.Collector.Count > 0), "nothing is logged");
        Assert.That(_log.Collector.LatestRecord.Message, Does.Match(@"^The password was rejected \(invalid_grant\); sending it again in \d+ s, "));

        var result = await _time.PassUntilAsync(flight);

        Assert.That((result.Failure, endpoint.GrantTypes), Is.EqualTo(((ApiaxAuthException?)null, "password password")));
        Assert.That(_time.Seconds, Is.InRange(1.5, 10));
    }

    [Test]
    public async Task A_pause_that_is_cut_is_followed_by_the_second_try_although_the_clock_runs()
    {
        _time.AutoAdvanceAmount = TimeSpan.FromMicroseconds(1);
        (_options.TokenTimeout, _options.AttemptTimeout) = (TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(6));
        using var endpoint = new ScriptedTokenEndpoint(_time, Rejected, Token());

        var result = await _time.PassUntilAsync(FlyAsync(endpoint));

        Assert.That((result.Failure, endpoint.GrantTypes), Is.EqualTo(((ApiaxAuthException?)null, "password password")));
    }

    [Test]
    public async Task The_pause_is_another_each_time()
    {
        var pauses = new HashSet<double>();
        for (var time = 0; time < 20; time++)
        {
            using var endpoint = new ScriptedTokenEndpoint(_time, Rejected, Token());
            await _time.PassUntilAsync(FlyAsync(endpoint));
            pauses.Add((endpoint.Received[1].On - endpoint.Received[0].On).TotalSeconds);
        }

        Assert.That(pauses, Has.Count.EqualTo(20).And.All.InRange(1.5, 10));
    }

    [Test]
    public async Task A_pause_leaves_time_for_an_attempt()
    {
        _options.TokenTimeout = TimeSpan.FromSeconds(4);
        using var endpoint = new ScriptedTokenEndpoint(_time, Rejected);
        var result = await _time.PassUntilAsync(FlyAsync(endpoint));

        Assert.That((endpoint.Received.Count, result.Failure!.Reason, _time.Seconds <= 2.0), Is.EqualTo((2, ApiaxAuthFailure.CredentialsRejected, true)));
    }

    [Test]
    public async Task The_second_try_needs_no_more_time_than_the_first()
    {
        _options.AttemptTimeout = _options.TokenTimeout;
        using var endpoint = new ScriptedTokenEndpoint(_time, Rejected);
        await _time.PassUntilAsync(FlyAsync(endpoint));

        Assert.That(endpoint.Received, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Without_time_for_it_the_next_flight_makes_the_second_try()
    {
        (_options.AttemptTimeout, _options.TokenTimeout) = (TimeSpan.FromSeconds(1.2), TimeSpan.FromSeconds(2.4));
        using var endpoint = new ScriptedTokenEndpoint(_time, Rejected);
        var state = EndFlight(TokenState.Cold, await _time.PassUntilAsync(FlyAsync(endpoint)));
        Assert.That((endpoint.Received.Count, state.CoolDown!.Pause.Length.TotalSeconds), Is.EqualTo((1, state.CoolDown.Pause.Length.TotalSeconds)));
        Assert.That(state.CoolDown.Pause.Length, Is.InRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10)));

        _time.Advance(state.CoolDown.Pause.Length);
        state = EndFlight(state, await _time.PassUntilAsync(FlyAsync(endpoint, state)));

        Assert.That(endpoint.Received, Has.Count.EqualTo(2));
        Assert.That(state.CoolDown!.Pause.Length, Is.InRange(TimeSpan.FromSeconds(45), TimeSpan.FromSeconds(75)));
    }

    [Test]
    public async Task No_second_try_is_announced_that_would_have_to_wait_for_longer_than_there_is_time()
    {
        (_options.AttemptTimeout, _options.TokenTimeout) = (TimeSpan.FromSeconds(1.2), TimeSpan.FromSeconds(2.4));
        using var endpoint = new ScriptedTokenEndpoint(_time, Rejected);
        var result = await _time.PassUntilAsync(FlyAsync(endpoint));

        Assert.That((result.Failure!.Reason, result.IsSecondTryDue, _log.Collector.Count), Is.EqualTo((ApiaxAuthFailure.CredentialsRejected, true, 0)));
    }

    [Test]
    public async Task Credentials_that_come_too_late_for_a_login_are_named_as_the_cause()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Token());
        var slow = new ScriptedCredentials(async cancellationToken =>
        {
            await Task.Delay(TimeSpan.FromSeconds(21), _time, cancellationToken);
            return new ApiaxCredentials("anna", "right");
        });
        var acquisition = new TokenAcquisition(new TokenClient(() => endpoint, _time), slow, () => _options, _time, _log);

        var result = await _time.PassUntilAsync(acquisition.FlyAsync(TokenState.Cold, CancellationToken.None));

        Assert.That(
            (endpoint.Received.Count, result.Failure!.Message),
            Is.EqualTo((0, "Not enough time was left for a login (TokenTimeout is 30 s; the credentials took 21 s).")));
    }

    [Test]
    public async Task Other_logins_of_the_user_that_leave_no_time_for_a_login_are_named_as_the_cause()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Token());
        var logins = new UserLogins();
        var acquisition = new TokenAcquisition(new TokenClient(() => endpoint, _time), new CredentialsStub(), () => _options, _time, _log, logins);
        var user = logins.Take(_options.TokenEndpoint, "anna");
        await user.EnterAsync(CancellationToken.None);

        var flight = acquisition.FlyAsync(TokenState.Cold, CancellationToken.None);
        await Waiting.UntilAsync(() => Task.FromResult(user.Logins == 2), "it does not sign in");
        _time.Advance(TimeSpan.FromSeconds(24));
        user.Leave();

        Assert.That(
            (endpoint.Received.Count, (await flight.Soon()).Failure!.Message),
            Is.EqualTo((0, "Not enough time was left for a login (TokenTimeout is 30 s; other logins of the user took 24 s).")));
    }

    [Test]
    public async Task A_look_at_the_store_that_leaves_no_time_for_a_login_is_followed_by_none()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Token());
        var plan = new FlightPlan(Last: null, CoolDown: null) { BeforeLogin = LookAsync, LoginCheckLimit = TimeSpan.FromSeconds(2.5) };
        var slow = new ScriptedCredentials(async cancellationToken =>
        {
            await Task.Delay(TimeSpan.FromSeconds(18), _time, cancellationToken);
            return new ApiaxCredentials("anna", "right");
        });
        var acquisition = new TokenAcquisition(new TokenClient(() => endpoint, _time), slow, () => _options, _time, _log, _logins);

        var result = await _time.PassUntilAsync(acquisition.FlyAsync(plan, CancellationToken.None));

        Assert.That((endpoint.Received.Count, result.Failure?.Message), Is.EqualTo((0, "Not enough time was left for a login (TokenTimeout is 30 s; the credentials took 18 s).")));
    }

    [Test, Repeat(5)]
    public async Task The_pause_before_the_second_try_leaves_time_for_a_look_at_the_store()
    {
        (_options.AttemptTimeout, _options.TokenTimeout) = (TimeSpan.FromSeconds(4.2), TimeSpan.FromSeconds(8.4));
        using var endpoint = new ScriptedTokenEndpoint(_time, Rejected, Token());
        var plan = new FlightPlan(Last: null, CoolDown: null) { BeforeLogin = (pair, cancellationToken) => endpoint.Received.Count > 0 ? LookAsync(pair, cancellationToken) : Task.FromResult<FlightResult?>(null), LoginCheckLimit = TimeSpan.FromSeconds(2.5) };
        var acquisition = new TokenAcquisition(new TokenClient(() => endpoint, _time), new ScriptedCredentials(), () => _options, _time, _log, new UserLogins());

        var result = await _time.PassUntilAsync(acquisition.FlyAsync(plan, CancellationToken.None));

        Assert.That((result.Failure, endpoint.GrantTypes), Is.EqualTo(((ApiaxAuthException?)null, "password password")));
    }

    [TestCase(0, 1)]
    [TestCase(70, 0)]
    [TestCase(21, 0, "Not enough time was left for a login (TokenTimeout is 30 s; the credentials took 21 s).")]
    [TestCase(21, -1, "Not enough time was left for a login (TokenTimeout is 30 s; the credentials took 21 s).")]
    public async Task Neither_a_clock_that_is_set_nor_a_process_that_was_suspended_changes_the_time_for_a_login(int suspended, int hours, string? failure = null)
    {
        var clock = new UnsteadyClock(_time);
        using var endpoint = new ScriptedTokenEndpoint(_time, Token());
        var acquisition = new TokenAcquisition(new TokenClient(() => endpoint, clock), new ScriptedCredentials(_ =>
        {
            (clock.Suspended, clock.Step) = (TimeSpan.FromSeconds(suspended), TimeSpan.FromHours(hours));
            return new(new ApiaxCredentials("anna", "right"));
        }), () => _options, clock, _log, _logins);

        var result = await _time.PassUntilAsync(acquisition.FlyAsync(TokenState.Cold, CancellationToken.None));

        Assert.That((result.Failure?.Message, _time.Seconds), Is.EqualTo((failure, 0.0)));
    }

    [Test]
    public async Task A_login_that_was_cancelled_by_disposal_is_so_named_to_the_next_container()
    {
        using var disposed = new CancellationTokenSource();
        using var endpoint = new ScriptedTokenEndpoint(_time, Silence(_time));
        var flight = FlyAsync(endpoint, cancellationToken: disposed.Token);
        await endpoint.Requested;
        await disposed.CancelAsync();
        Assert.That(() => flight.Soon(), Throws.InstanceOf<OperationCanceledException>());

        var next = await _time.PassUntilAsync(FlyAsync(endpoint));

        Assert.That(
            (endpoint.Received.Count, next.Failure!.Message),
            Is.EqualTo((1, $"The request to {ApiaxAuthDefaults.TokenEndpoint} was cancelled; it may still be in progress on the server.")));
    }

    [Test]
    public async Task A_refusal_without_a_reason_has_no_second_try()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Empty(401));
        var result = await _time.PassUntilAsync(FlyAsync(endpoint));

        Assert.That((endpoint.Received.Count, result.Failure!.Reason), Is.EqualTo((1, ApiaxAuthFailure.CredentialsRejected)));
        Assert.That(result.PasswordPause, Is.InRange(TimeSpan.FromSeconds(45), TimeSpan.FromSeconds(75)));
    }

    [Test]
    public async Task Another_password_is_sent_instead_and_has_its_own_second_try()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Change(Rejected, "b"), Rejected, Token());
        var result = await _time.PassUntilAsync(FlyAsync(endpoint));

        Assert.That((Passwords(endpoint), result.Failure), Is.EqualTo(("right b b", (ApiaxAuthException?)null)));
        Assert.That(_asked, Is.EqualTo((bool[])[false, true, true]));
    }

    [Test]
    public async Task No_flight_sends_more_than_three_passwords()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Change(Rejected, "b"), Change(Rejected, "c"), Change(Rejected, "d"), Token());
        var result = await _time.PassUntilAsync(FlyAsync(endpoint));

        Assert.That((Passwords(endpoint), result.Failure!.Reason, result.IsSecondTryDue), Is.EqualTo(("right b c", ApiaxAuthFailure.CredentialsRejected, true)));
        Assert.That(Distances(endpoint), Has.All.GreaterThanOrEqualTo(1.5));
    }

    [Test]
    public async Task If_the_user_changes_nothing_more_is_sent()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, By(() =>
        {
            _user = "ben";
            return new HttpResponseMessage(System.Net.HttpStatusCode.BadRequest) { Content = new StringContent("""{"error":"invalid_grant"}""") };
        }), Token());
        var result = await _time.PassUntilAsync(FlyAsync(endpoint));

        Assert.That((endpoint.Received.Count, result.Failure!.Reason, result.Credentials), Is.EqualTo((1, ApiaxAuthFailure.Unavailable, (CredentialsFingerprint?)null)));
    }

    [Test]
    public async Task After_disposal_during_the_pause_nothing_is_sent()
    {
        using var disposed = new CancellationTokenSource();
        using var endpoint = new ScriptedTokenEndpoint(_time, Rejected, Token());
        var flight = FlyAsync(endpoint, cancellationToken: disposed.Token);
        await endpoint.Requested;
        await Waiting.SettleAsync();

        await disposed.CancelAsync();

        Assert.That(() => flight.Soon(), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(endpoint.Received, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Two_accounts_of_one_user_sign_in_one_after_the_other_whatever_the_case_of_its_name()
    {
        var (inside, most) = (0, 0);
        using var endpoint = new ScriptedTokenEndpoint(_time, async cancellationToken =>
        {
            most = Math.Max(most, ++inside);
            await Task.Delay(TimeSpan.FromSeconds(2), _time, cancellationToken);
            inside--;
            return await Token()(cancellationToken);
        });

        await _time.PassUntilAsync(Task.WhenAll(FlyAsync(endpoint, user: "anna"), FlyAsync(endpoint, user: "ANNA")));

        Assert.That((most, endpoint.Received.Count, _time.Seconds), Is.EqualTo((1, 2, 4.0)));
    }

    [Test]
    public async Task A_login_that_does_not_get_its_turn_fails_without_a_pause()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, async cancellationToken =>
        {
            await Task.Delay(TimeSpan.FromSeconds(29), _time, cancellationToken);
            return await Token()(cancellationToken);
        });
        var results = await _time.PassUntilAsync(Task.WhenAll(FlyAsync(endpoint), FlyAsync(endpoint)));

        Assert.That(endpoint.Received, Has.Count.EqualTo(1));
        var late = results.Single(result => result.Failure is not null);
        Assert.That((late.Failure!.Reason, late.Credentials, late.PasswordPause), Is.EqualTo((ApiaxAuthFailure.Unavailable, (CredentialsFingerprint?)null, (TimeSpan?)null)));
    }

    [Test]
    public async Task A_rejection_in_one_account_applies_to_the_other_accounts_of_the_user()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Rejected, Rejected, Token());
        await _time.PassUntilAsync(FlyAsync(endpoint));

        var other = await _time.PassUntilAsync(FlyAsync(endpoint));
        Assert.That((endpoint.Received.Count, other.Failure!.Reason), Is.EqualTo((2, ApiaxAuthFailure.CredentialsRejected)));
        Assert.That(EndFlight(TokenState.Cold, other).Decide(_time.GetUtcNow()), Is.EqualTo(TokenDecision.Fail));

        _password = "another";
        Assert.That((await _time.PassUntilAsync(FlyAsync(endpoint))).Failure, Is.Null, "a stale password keeps the right one from nothing");
    }

    [Test, Repeat(5)]
    public async Task Two_accounts_of_a_user_have_one_second_try_together([Values] bool isAccepted)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Rejected, isAccepted ? Token() : Rejected);
        var results = await _time.PassUntilAsync(Task.WhenAll(FlyAsync(endpoint), FlyAsync(endpoint)));

        Assert.That(results.Select(result => result.Failure?.Reason), Has.All.EqualTo(isAccepted ? null : ApiaxAuthFailure.CredentialsRejected));
        Assert.That(results.Select(result => EndFlight(TokenState.Cold, result).CoolDown?.Forbids(CredentialsFingerprint.Of("anna", "right"), _time.GetUtcNow())), Has.All.EqualTo(isAccepted ? null : true));
        Assert.That(endpoint.Received, Has.Count.EqualTo(isAccepted ? 3 : 2));
    }

    [TestCase(504)]
    [TestCase(500)]
    [TestCase(408)]
    public async Task After_a_password_without_an_answer_no_account_of_the_user_sends_one_for_half_a_minute(int status)
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Page(status), Token());
        var first = await _time.PassUntilAsync(FlyAsync(endpoint));
        var other = await _time.PassUntilAsync(FlyAsync(endpoint));
        Assert.That((endpoint.Received.Count, first.PasswordPause, other.Failure!.Reason), Is.EqualTo((1, (TimeSpan?)TimeSpan.FromSeconds(30), ApiaxAuthFailure.Unavailable)));

        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.That((await _time.PassUntilAsync(FlyAsync(endpoint))).Failure, Is.Null);
    }

    [Test]
    public async Task After_any_rejection_no_password_of_the_user_is_sent_for_a_second_and_a_half()
    {
        using var endpoint = new ScriptedTokenEndpoint(_time, Empty(401), Token());
        await _time.PassUntilAsync(FlyAsync(endpoint));
        _password = "another";
        await _time.PassUntilAsync(FlyAsync(endpoint));

        Assert.That(Distances(endpoint).Single(), Is.EqualTo(1.5));
    }

    [Test]
    public async Task A_provider_with_a_new_wrong_password_each_time_is_slowed_like_one_that_repeats_it()
    {
        ScriptedTokenEndpoint endpoint = null!;
        using (endpoint = new ScriptedTokenEndpoint(_time, cancellationToken => Change(Rejected, $"wrong {endpoint.Received.Count}")(cancellationToken)))
        {
            var state = TokenState.Cold;
            while (_time.Seconds < 1800)
            {
                if (state.Decide(_time.GetUtcNow()) is TokenDecision.Fetch)
                {
                    var result = await _time.PassUntilAsync(FlyAsync(endpoint, state));
                    result.Log(_log);
                    state = EndFlight(state, result);
                }

                _time.Advance(TimeSpan.FromSeconds(1));
            }

            Assert.That(endpoint.Received, Has.Count.InRange(6, 12));
            Assert.That(_log.Collector.GetSnapshot().Count(record => record.Id.Name is "NoToken"), Is.LessThanOrEqualTo(endpoint.Received.Count));
        }
    }

    [Test]
    public async Task After_five_wrong_passwords_a_sixth_is_not_sent_before_the_back_off_is_over()
    {
        ScriptedTokenEndpoint endpoint = null!;
        using (endpoint = new ScriptedTokenEndpoint(_time, cancellationToken => Change(Rejected, $"wrong {endpoint.Received.Count}")(cancellationToken)))
        {
            FlightResult result;
            do
                result = await _time.PassUntilAsync(FlyAsync(endpoint));
            while (endpoint.Received.Count < 5);

            Assert.That(result.PasswordPause, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(45)));
            for (var call = 0; call < 40; call++)
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                await _time.PassUntilAsync(FlyAsync(endpoint));
            }

            Assert.That(endpoint.Received.Select(request => request.Form["password"]).Distinct(StringComparer.Ordinal).ToList(), Has.Count.EqualTo(5));
            Assert.That(endpoint.Received, Has.Count.EqualTo(5));
        }
    }

    private async Task<FlightResult?> LookAsync(ApiaxCredentials pair, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromSeconds(2.5), _time, cancellationToken);
        return null;
    }

    private Task<FlightResult> FlyAsync(ScriptedTokenEndpoint endpoint, TokenState? state = null, string? user = null, CancellationToken cancellationToken = default)
    {
        var vault = new Vault(request =>
        {
            _asked.Add(request.LastCredentialsRejected);
            return new ApiaxCredentials(user ?? _user, _password);
        });
        return new TokenAcquisition(new TokenClient(() => endpoint, _time), vault, () => _options, _time, _log, _logins).FlyAsync(state ?? TokenState.Cold, cancellationToken);
    }

    private Answer Change(Answer answer, string password) => cancellationToken =>
    {
        _password = password;
        return answer(cancellationToken);
    };

    private TokenState EndFlight(TokenState state, FlightResult result) => state.FlightStarted().FlightEnded(result, _time.GetUtcNow());

    private static string Passwords(ScriptedTokenEndpoint endpoint) => string.Join(' ', endpoint.Received.Select(request => request.Form["password"]));

    private static List<double> Distances(ScriptedTokenEndpoint endpoint) =>
        [.. endpoint.Received.Zip(endpoint.Received.Skip(1), (one, next) => (next.On - one.On).TotalSeconds)];

    /// <summary>A wall clock that is set, and a process that is suspended: its timers are late.</summary>
    private sealed class UnsteadyClock(TimeProvider time) : TimeProvider
    {
        public TimeSpan Suspended { get; set; }

        public TimeSpan Step { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Suspended + Step;

        public override long GetTimestamp() => time.GetTimestamp() + Suspended.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => time.CreateTimer(callback, state, dueTime, period);
    }

    private sealed class Vault(Func<ApiaxCredentialsRequest, ApiaxCredentials> answer) : IApiaxCredentialsProvider
    {
        public ValueTask<ApiaxCredentials> GetCredentialsAsync(ApiaxCredentialsRequest request, CancellationToken cancellationToken) => new(answer(request));
    }
}
