using System.Net;
using System.Text;
using Apiax.Http.Handlers.Tests.Doubles;
using Microsoft.Extensions.Logging.Abstractions;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Something in front of the token endpoint, or an administrator, causes failures for minutes and hours: how long calls fail, how many logins are sent, and which sessions stay open.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class LongFailureTests : IDisposable
{
    private readonly ManualClock _time = new();
    private readonly TokenEndpointStub _endpoint = new();
    private readonly TokenAcquisition _acquisition;
    private readonly SupersededSessions _superseded;
    private TokenState _state = TokenState.Cold;

    /// <summary>How long the answer takes, by the grant; without end if null.</summary>
    private Func<string, TimeSpan?> _delay = _ => TimeSpan.Zero;

    public LongFailureTests()
    {
        var options = new ApiaxAuthOptions { Username = "anna", Password = "right" };
        var sessions = new SessionEnd(() => _endpoint, _time, NullLogger.Instance);
        _acquisition = new TokenAcquisition(
            new TokenClient(() => new SlowLine(_endpoint, this), _time), new SettingsCredentials(() => options), () => options, _time, NullLogger.Instance);
        _superseded = new SupersededSessions(token => sessions.EndReplacedAsync(options, token), _time);
    }

    public void Dispose() => _endpoint.Dispose();

    [TestCase(403)]
    [TestCase(404)]
    [TestCase(407)]
    public async Task After_eleven_minutes_of_404_pages_the_same_session_works_within_half_a_minute(int status)
    {
        _endpoint.LifetimeInSeconds = 120;
        await CallAsync(TimeSpan.FromHours(1));

        _endpoint.Fault = () => Page(status);
        await CallAsync(TimeSpan.FromMinutes(11));
        _endpoint.Fault = null;
        var dark = await CallAsync(TimeSpan.FromMinutes(1));

        Assert.That(dark.Sum(), Is.LessThanOrEqualTo(30));
        Assert.That(_endpoint.Logins, Is.InRange(2, 3), "the password is tried after five and after ten minutes, and brings no token either");
        Assert.That((_endpoint.Forms[^1]["grant_type"], _endpoint.Revocations.Count), Is.EqualTo(("refresh_token", 0)));
    }

    [Test]
    public async Task After_a_realm_was_disabled_for_a_while_the_same_session_works_again_within_seconds()
    {
        _endpoint.LifetimeInSeconds = 6;
        await CallAsync(TimeSpan.FromMinutes(1));

        _endpoint.Fault = () => new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = new StringContent("""{"error":"access_denied","error_description":"Realm not enabled"}""") };
        await CallAsync(TimeSpan.FromSeconds(15));
        _endpoint.Fault = null;
        var dark = await CallAsync(TimeSpan.FromMinutes(1));

        Assert.That((_endpoint.Logins, _endpoint.Forms[^1]["grant_type"]), Is.EqualTo((1, "refresh_token")));
        Assert.That(dark.Sum(), Is.LessThanOrEqualTo(10));
    }

    [Test]
    public async Task A_firewall_that_blocks_refreshes_causes_one_gap_of_five_minutes_and_leaves_no_session_open()
    {
        var dark = await WithoutRefreshesAsync(() => Page(403));

        // From two to three minutes before the token expires, the server answers with pages: five minutes after the first one, the password is tried.
        Assert.That(dark.Single(), Is.InRange(100, 215));
        Assert.That(_endpoint.Revocations, Has.Count.EqualTo(_endpoint.Logins - 1));
    }

    [TestCase("unauthorized_client")]
    [TestCase("unsupported_grant_type")]
    public async Task A_server_that_refuses_the_grant_of_refresh_tokens_fails_no_call(string error) =>
        Assert.That(await WithoutRefreshesAsync(() => new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = new StringContent($$"""{"error":"{{error}}"}""") }), Is.Empty);

    [Test]
    public async Task A_firewall_that_resets_refreshes_causes_one_gap_of_ten_minutes() =>
        Assert.That((await WithoutRefreshesAsync(() => throw new HttpRequestException("reset"))).Single(), Is.InRange(400, 520));

    [Test]
    public async Task Refreshes_that_hang_cause_one_gap_of_ten_minutes_although_a_login_takes_twelve_seconds()
    {
        _delay = grant => grant == "refresh_token" ? null : TimeSpan.FromSeconds(12);
        var dark = await WithoutRefreshesAsync(answer: null);

        // Without the time of the flights themselves, which is more than half of the gap.
        Assert.That(dark.Single(), Is.InRange(150, 300));
    }

    [TestCase(2, 503, 0, 0)]
    [TestCase(2, null, 6, 8)]
    [TestCase(24, 503, 0, 0)]
    [TestCase(24, null, 85, 96)]
    public async Task In_an_outage_of_everything_few_passwords_are_sent_and_no_session_is_lost(int hours, int? status, int least, int most)
    {
        await CallAsync(TimeSpan.FromMinutes(10));

        if (status is { } code)
            _endpoint.Fault = () => Page(code);
        else
            _delay = _ => null;
        await CallAsync(TimeSpan.FromHours(hours));
        (_endpoint.Fault, _delay) = (null, _ => TimeSpan.Zero);
        var dark = await CallAsync(TimeSpan.FromMinutes(1));

        Assert.That(dark.Sum(), Is.LessThanOrEqualTo(30));
        Assert.That(_endpoint.Logins - 1, Is.InRange(least, most));
        Assert.That((_endpoint.Forms[^1]["grant_type"], _state.HasTokenAt(_time.GetUtcNow())), Is.EqualTo(("refresh_token", true)));
    }

    [Test]
    public async Task A_server_that_takes_twelve_seconds_for_everything_fails_no_call_and_gets_each_refresh_token_once()
    {
        await CallAsync(TimeSpan.FromSeconds(10));
        _delay = _ => TimeSpan.FromSeconds(12);
        var dark = await CallAsync(TimeSpan.FromHours(3));

        Assert.That((dark.Sum(), _endpoint.Logins), Is.EqualTo((0, 1)));
        Assert.That(_endpoint.Forms.Skip(1).Select(form => form["refresh_token"]), Is.Unique.And.Count.GreaterThan(5));
    }

    private async Task<List<int>> WithoutRefreshesAsync(Func<HttpResponseMessage>? answer)
    {
        _endpoint.LifetimeInSeconds = 600;
        _endpoint.Fault = () => _endpoint.Forms[^1]["grant_type"] == "refresh_token" ? answer?.Invoke()! : null!;
        var dark = await CallAsync(TimeSpan.FromHours(3));
        Assert.That(_endpoint.Logins, Is.InRange(17, 19), "one for each token");
        return dark;
    }

    private static HttpResponseMessage Page(int status) => new((HttpStatusCode)status) { Content = new StringContent("<html/>", Encoding.UTF8, "text/html") };

    /// <summary>Makes one call a second, on this thread only, as the provider does.</summary>
    /// <returns>The length in seconds of each time in which calls failed.</returns>
    private async Task<List<int>> CallAsync(TimeSpan length)
    {
        var (dark, wasDark) = (new List<int>(), false);
        for (var end = _time.GetUtcNow() + length; _time.GetUtcNow() < end; _time.Advance(TimeSpan.FromSeconds(1)))
        {
            if (_state.Decide(_time.GetUtcNow()) is TokenDecision.Fetch or TokenDecision.UseAndRefresh)
            {
                _state = _state.FlightStarted();
                var result = await _time.PassUntilAsync(_acquisition.FlyAsync(_state, CancellationToken.None));
                _state = _state.FlightEnded(result, _time.GetUtcNow());
                _superseded.Add(result.Superseded);

                // The end of the replaced session is not awaited, and has ten seconds.
                if (result is { Tokens: not null, Credentials: not null })
                    await Waiting.UntilAsync(() => Task.FromResult(_endpoint.Revocations.Count == _endpoint.Logins - 1), "the replaced session stays open");
            }

            var isDark = !_state.HasTokenAt(_time.GetUtcNow());
            if (isDark && !wasDark)
                dark.Add(0);
            if (isDark)
                dark[^1]++;
            wasDark = isDark;
        }

        return dark;
    }

    private sealed class SlowLine(HttpMessageHandler endpoint, LongFailureTests tests) : DelegatingHandler(endpoint)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            if (tests._delay(tests._endpoint.Forms[^1]["grant_type"]) is not { } delay)
                return await tests._time.SilenceAsync<HttpResponseMessage>(cancellationToken);

            await Task.Delay(delay, tests._time, cancellationToken);
            return answer;
        }
    }
}
