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
    public void Sixty_an_hour_for_a_host_that_accepts_each()
    {
        for (var number = 0; number < 60; number++)
            Assert.That(IsReplaced(host: 1, waits: 20), Is.True, $"number {number}");

        Assert.That((IsReplaced(host: 1, waits: 0), IsReplaced(host: 2, waits: 0)), Is.EqualTo((false, true)), "the sixty-first, and another host");
        _now = Noon.AddHours(1).AddSeconds(-1);
        Assert.That(IsReplaced(host: 1, waits: 0), Is.False);
        _now = Noon.AddHours(1);
        Assert.That(IsReplaced(host: 1, waits: 0), Is.True);
    }

    [Test]
    public void Two_hundred_and_forty_an_hour_for_an_account()
    {
        for (var number = 0; number < 240; number++)
            Assert.That(IsReplaced(host: number % 60, waits: 14), Is.True, $"number {number}");

        Assert.That(IsReplaced(host: 99, waits: 0), Is.False, "a host that has rejected none before");
        _now = Noon.AddHours(1).AddSeconds(-1);
        Assert.That(IsReplaced(host: 99, waits: 0), Is.False);
        _now = Noon.AddHours(1);
        Assert.That(IsReplaced(host: 99, waits: 0), Is.True);
    }

    [Test]
    public void A_hundred_hosts_have_their_own_ration_and_all_others_share_one()
    {
        for (var host = 1; host <= 100; host++)
            Assert.That(IsReplaced(host, waits: 0), Is.True, $"host {host}");

        Assert.That((IsReplaced(host: 101, waits: 0), IsReplaced(host: 102, waits: 0), IsReplaced(host: 103, waits: 0)), Is.EqualTo((true, false, false)));
        _now += TimeSpan.FromSeconds(10);
        Assert.That((IsReplaced(host: 102, waits: 0), IsReplaced(host: 101, waits: 0), IsReplaced(host: 100, waits: 0)), Is.EqualTo((true, false, true)));
    }

    [Test]
    public void A_hosts_entry_is_removed_with_its_ration()
    {
        for (var host = 1; host <= 100; host++)
            IsReplaced(host, waits: 0);

        _now += TimeSpan.FromHours(1);
        Assert.That((IsReplaced(host: 1, waits: 0), IsReplaced(host: 101, waits: 0), IsReplaced(host: 102, waits: 0)), Is.EqualTo((true, true, true)));
    }

    /// <summary>A host rejects the current token and accepts its replacement; then time passes.</summary>
    private bool IsReplaced(int host, double waits)
    {
        var at = new HostAndPort($"host-{host}", 443);
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
