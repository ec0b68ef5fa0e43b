using System.Globalization;

namespace Apiax.Http.Handlers.Tests.Properties;

/// <summary>Applies calls to a <see cref="TokenState"/>, and records what happened: decisions are compared with what the record allows.</summary>
internal sealed class HostRationHistory
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // For callers that name no host.
    private const int Unnamed = 0;

    private static readonly HostAndPort[] Hosts =
        [HostAndPort.Unnamed, new("a.apiax.io", 443), new("a.apiax.io", 8443), new("b.apiax.io", 443), new("c.apiax.io", 443), new("d.apiax.io", 443), new("e.apiax.io", 443)];

    private readonly List<(double Time, int Host)> _replaced = [];
    private readonly List<double> _replacedForAny = [];
    private readonly int[] _unaccepted = new int[Hosts.Length];
    private readonly HashSet<int> _rejecting = [];
    private readonly HashSet<int> _replacing = [];
    private TokenState _state;
    private bool _failing;
    private double _seconds;
    private int _issued;

    public HostRationHistory() => _state = TokenState.Cold.FlightStarted().FlightEnded(Granted(), Start);

    private DateTimeOffset Now => Start + TimeSpan.FromSeconds(_seconds);

    public void Replay(IEnumerable<HostStep> history)
    {
        foreach (var step in history)
        {
            switch (step)
            {
                case HostStep.Wait wait:
                    _seconds += wait.Seconds;
                    break;
                case HostStep.Call call:
                    Get(call.Host);
                    if (_state.HasTokenAt(Now))
                        Answer(call);
                    break;
                case HostStep.AnswerToOldToken answer:
                    var before = _state;
                    _state = _state.Accepted(Token(_issued - 1), Hosts[answer.Host]).Rejected(Token(_issued - 1), Hosts[answer.Host]);
                    Check(ReferenceEquals(before, _state), "the current token is judged by an answer to another");
                    break;
                case HostStep.FlightEnd end when _state.IsInFlight:
                    EndFlight(end.Succeeds);
                    break;
            }
        }
    }

    private void Get(int host)
    {
        var decision = _state.Decide(Now, Hosts[host]);
        var mayWait = _rejecting.Contains(host) && !IsRationed(host) && !_failing;
        if (_state.HasTokenAt(Now))
            Check(mayWait == decision is TokenDecision.Fetch or TokenDecision.Join, $"{decision}, and a caller {(mayWait ? "waits" : "goes on")}");
        StartFlight(decision);
    }

    private void Answer(HostStep.Call call)
    {
        var token = _state.Tokens!.AccessToken;
        if (!call.Rejects)
        {
            if (call.Host != Unnamed)
            {
                _rejecting.Remove(call.Host);
                _unaccepted[call.Host] = 0;
                _state = _state.Accepted(token, Hosts[call.Host]);
            }

            return;
        }

        _rejecting.Add(call.Host);
        if (_state.IsInFlight)
            _replacing.Add(call.Host);
        _state = _state.Rejected(token, Hosts[call.Host]);
        var decision = _state.DecideReplacement(token, Now, Hosts[call.Host]);
        Check(decision is not TokenDecision.Use, "the rejected token is its own replacement");
        if (!_state.IsInFlight)
            Check(IsRationed(call.Host) == decision is TokenDecision.Keep, $"{decision}, and replacements are {(IsRationed(call.Host) ? "" : "not ")}rationed");
        StartFlight(decision);
    }

    private void StartFlight(TokenDecision decision)
    {
        if (decision is not (TokenDecision.Fetch or TokenDecision.UseAndRefresh))
            return;

        Check(!_state.IsInFlight, "a second flight");
        _replacing.UnionWith(_rejecting);
        _state = _state.FlightStarted();
    }

    private void EndFlight(bool succeeds)
    {
        _state = _state.FlightEnded(succeeds ? Granted() : FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "no")), Now);
        _failing = !succeeds;
        if (succeeds)
        {
            foreach (var host in _replacing)
            {
                if (!_replaced.Any(replaced => replaced.Host == host && _seconds - replaced.Time < 3600))
                    _unaccepted[host] = 0;
                _replaced.Add((_seconds, host));
                _unaccepted[host]++;
            }

            if (_replacing.Count > 0)
                _replacedForAny.Add(_seconds);
            if (!_replacing.Contains(Unnamed))
                _unaccepted[Unnamed] = 0;
            _rejecting.Clear();
        }

        _replacing.Clear();
    }

    private bool IsRationed(int host)
    {
        var times = _replaced.Where(replaced => replaced.Host == host).Select(replaced => replaced.Time).ToList();
        var pause = Math.Min(10 * Math.Pow(2, Math.Max(0, _unaccepted[host] - 1)), 300);
        return (times.Count > 0 && _seconds < times[^1] + pause) || IsUsedUp(times, 10, 60) || IsUsedUp(_replacedForAny, 40, 15);
    }

    /// <summary>Whether less than one is left of a stock that was full at first and grows by one in so many seconds; what is taken although none is left is not owed.</summary>
    private bool IsUsedUp(List<double> taken, int full, int seconds)
    {
        var (stock, at) = (full * (double)seconds, 0.0);
        foreach (var time in taken)
            (stock, at) = (Math.Max(0, Math.Min(stock + time - at, full * seconds) - seconds), time);
        return stock + _seconds - at < seconds;
    }

    private FlightResult Granted() =>
        FlightResult.Refreshed(new TokenSet(Token(++_issued), "refresh", Start.AddDays(100), Start));

    private ApiaxAccessToken Token(int number) => new(string.Create(CultureInfo.InvariantCulture, $"t{number}"), Now.AddSeconds(1800), Now.AddSeconds(1500));

    private void Check(bool holds, string otherwise)
    {
        if (!holds)
            throw new AssertionException($"After {_seconds} s: {otherwise}.");
    }
}
