namespace Apiax.Http.Handlers.Tests;

/// <summary>How many replacements one host, all hosts of an account, and an unlimited number of hosts may cause.</summary>
[TestFixture]
internal sealed class RationLimitTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private DateTimeOffset _now;
    private TokenState _state = null!;
    private int _issued;

    [SetUp]
    public void SignIn()
    {
        (_now, _issued) = (Noon, 0);
        _state = TokenState.Cold.FlightStarted().FlightEnded(Granted(), _now);
    }

    [Test]
    public void Ten_at_once_for_a_host_that_accepts_each_and_one_more_every_minute()
    {
        // One is added within the 100 s.
        for (var number = 0; number < 11; number++)
            Assert.That(IsReplaced(host: 1, waits: 10), Is.True, $"number {number}");

        Assert.That((IsReplaced(host: 1, waits: 0), IsReplaced(host: 2, waits: 0)), Is.EqualTo((false, true)), "the twelfth, and another host");
        Assert.That(AreReplacedAt(host: 1, 119, 120, 179, 180, 3600, 3610), Is.EqualTo((bool[])[false, true, false, true, true, true]));
    }

    [TestCase(10)]
    [TestCase(55)]
    [TestCase(59)]
    public void Seventy_in_any_hour_for_a_host_at_most_and_none_for_a_minute_at_most(int revokedAfter)
    {
        var replaced = new List<DateTimeOffset>();
        while (_now < Noon.AddHours(5))
        {
            while (!IsReplaced(host: 1, waits: 0))
                _now += TimeSpan.FromSeconds(1);
            replaced.Add(_now);
            _now += TimeSpan.FromSeconds(revokedAfter);
        }

        Assert.That(replaced.Select(start => replaced.Count(time => time >= start && time <= start.AddHours(1))), Has.All.AtMost(70));
        Assert.That(replaced.Zip(replaced.Skip(1), (one, next) => (next - one).TotalSeconds), Has.All.InRange(10, 60));
    }

    [Test]
    public void Forty_at_once_for_an_account_and_one_more_every_fifteen_seconds()
    {
        UseUpTheAccounts();

        Assert.That(AreReplacedAt(host: 99, 10, 14, 15, 29, 30), Is.EqualTo((bool[])[false, false, true, false, true]), "a host that has rejected none before");
    }

    [Test]
    public void Replacements_that_other_hosts_cause_do_not_make_a_host_wait_longer()
    {
        for (var number = 0; number < 11; number++)
            IsReplaced(host: 1, waits: 10);
        for (var number = 0; number < 10; number++)
        {
            _state = _state.Rejected(_state.Tokens!.AccessToken, Host(1));
            Assert.That(IsReplaced(host: 2, waits: 10), Is.True);
            _state = _state.Accepted(_state.Tokens!.AccessToken, Host(1));
        }

        _now += TimeSpan.FromSeconds(50);
        Assert.That(IsReplaced(host: 1, waits: 0), Is.True, "a minute after the last");
    }

    [Test]
    public void Replacements_that_the_account_did_not_allow_do_not_make_it_wait_longer()
    {
        UseUpTheAccounts();
        for (var number = 0; number < 10; number++)
            // An ordinary refresh brings another token while a host rejects this one.
            _state = _state.Rejected(_state.Tokens!.AccessToken, Host(1)).FlightStarted().FlightEnded(Granted(), _now);

        Assert.That(AreReplacedAt(host: 99, 24, 25), Is.EqualTo((bool[])[false, true]), "fifteen seconds after the last");
    }

    [TestCase(-3600, true)]
    [TestCase(-60, true)]
    [TestCase(-59, false)]
    public void A_clock_that_is_set_back_by_a_minute_or_more_ends_the_limits_of_a_host_and_an_account(int seconds, bool ends)
    {
        while (IsReplaced(host: 1, waits: 10))
            Assert.That(_now, Is.LessThan(Noon.AddHours(1)));
        _now -= TimeSpan.FromSeconds(20);
        _now += TimeSpan.FromSeconds(seconds);
        Assert.That(IsReplaced(host: 1, waits: 0), Is.EqualTo(ends), "of a host");

        SignIn();
        UseUpTheAccounts();
        _now += TimeSpan.FromSeconds(seconds);
        Assert.That(IsReplaced(host: 99, waits: 0), Is.EqualTo(ends), "of an account");
    }

    [Test]
    public void A_hundred_hosts_have_their_own_ration_and_all_others_share_one()
    {
        for (var host = 1; host <= 100; host++)
            Assert.That(IsReplaced(host, waits: 15), Is.True, $"host {host}");

        Assert.That((IsReplaced(host: 101, waits: 0), IsReplaced(host: 102, waits: 0), IsReplaced(host: 103, waits: 0)), Is.EqualTo((true, false, false)));
        _now += TimeSpan.FromSeconds(10);
        Assert.That((IsReplaced(host: 102, waits: 0), IsReplaced(host: 101, waits: 0), IsReplaced(host: 100, waits: 0)), Is.EqualTo((true, false, true)));
    }

    [Test]
    public void Others_share_one_until_it_is_over_although_there_is_room_again()
    {
        for (var host = 1; host <= 100; host++)
            IsReplaced(host, waits: 15);

        // The entries of the first two are over when the next one replaces the token.
        _now = Noon.AddHours(1).AddSeconds(15);
        Assert.That((IsReplaced(host: 101, waits: 0), IsReplaced(host: 102, waits: 0)), Is.EqualTo((true, false)));
    }

    [TestCase(3599, false)]
    [TestCase(3600, true)]
    public void A_hosts_entry_is_removed_an_hour_after_its_last_replacement(int seconds, bool isRemoved)
    {
        for (var host = 1; host <= 100; host++)
            IsReplaced(host, waits: 15);

        // The second one's last replacement.
        _now = Noon.AddSeconds(15 + seconds);
        Assert.That((IsReplaced(host: 1, waits: 0), IsReplaced(host: 101, waits: 0), IsReplaced(host: 102, waits: 0)), Is.EqualTo((true, true, isRemoved)));
    }

    [Test]
    public void A_host_that_shares_its_ration_does_not_wait_because_another_one_rejected_the_token()
    {
        for (var host = 1; host <= 100; host++)
            IsReplaced(host, waits: 15);
        var (old, current) = (new ApiaxAccessToken("t1", Noon.AddDays(1), Noon.AddDays(1)), _state.Tokens!.AccessToken);
        _state = _state.Rejected(current, Host(101));

        Assert.That((_state.Decide(_now, Host(102)), _state.DecideReplacement(old, _now, Host(102))), Is.EqualTo((TokenDecision.Use, TokenDecision.Use)));
        _state = _state.FlightStarted();
        Assert.That((_state.Decide(_now, Host(102)), _state.DecideReplacement(old, _now, Host(102))), Is.EqualTo((TokenDecision.Use, TokenDecision.Use)));
    }

    [Test]
    public void A_host_that_shares_its_ration_gets_a_replacement_of_a_token_that_it_rejected()
    {
        for (var host = 1; host <= 101; host++)
            IsReplaced(host, waits: 15);
        _now += TimeSpan.FromSeconds(10);
        var token = _state.Tokens!.AccessToken;
        _state = _state.Rejected(token, Host(101)).Rejected(token, Host(102));

        Assert.That(_state.DecideReplacement(token, _now, Host(102)), Is.EqualTo(TokenDecision.Fetch));
        _state = _state.FlightStarted();
        Assert.That(_state.DecideReplacement(token, _now, Host(102)), Is.EqualTo(TokenDecision.Join));
        _state = _state.FlightEnded(Granted(), _now);
        Assert.That((_state.DecideReplacement(token, _now, Host(102)), IsReplaced(host: 103, waits: 0)), Is.EqualTo((TokenDecision.Use, false)), "it counts for all of them");
    }

    private static HostAndPort Host(int number) => new($"host-{number}", 443);

    private void UseUpTheAccounts()
    {
        for (var number = 0; number < 40; number++)
            Assert.That(IsReplaced(host: number % 20, waits: number == 19 ? 10 : 0), Is.True, $"number {number}");
    }

    private bool[] AreReplacedAt(int host, params int[] seconds) => [.. seconds.Select(second =>
    {
        _now = Noon.AddSeconds(second);
        return IsReplaced(host, waits: 0);
    })];

    /// <summary>A host rejects the current token and accepts its replacement; then time passes.</summary>
    private bool IsReplaced(int host, double waits)
    {
        var at = Host(host);
        var token = _state.Tokens!.AccessToken;
        _state = _state.Rejected(token, at);
        var decision = _state.DecideReplacement(token, _now, at);
        if (decision is TokenDecision.Fetch)
            _state = _state.FlightStarted().FlightEnded(Granted(), _now);

        _state = _state.Accepted(_state.Tokens!.AccessToken, at);
        _now += TimeSpan.FromSeconds(waits);
        return decision is TokenDecision.Fetch;
    }

    private FlightResult Granted() =>
        FlightResult.Refreshed(new TokenSet(new ApiaxAccessToken($"t{++_issued}", Noon.AddDays(1), Noon.AddDays(1)), "r", Noon.AddDays(14), Noon));
}
