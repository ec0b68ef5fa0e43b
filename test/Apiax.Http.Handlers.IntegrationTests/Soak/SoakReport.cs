using System.Globalization;
using System.Text;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>What happened, in figures.</summary>
internal sealed class SoakReport(int seed, Ledger ledger, Stranger stranger, FaultProxy tokens, FaultProxy api)
{
    private readonly List<string> _acts = [];
    private readonly Dictionary<CallEnd, int> _ends = [];
    private readonly List<string> _objections = [];

    public TimeSpan Duration { get; set; }

    public TimeSpan Lag { get; set; }

    public Resources? Early { get; set; }

    public Resources? Late { get; set; }

    public int SessionEndings { get; private set; }

    public TimeSpan LongestRecovery { get; private set; }

    /// <summary>Failures that nothing explains.</summary>
    public IReadOnlyCollection<string> Objections => _objections;

    public int Unobserved { get; set; }

    public int StrangersRequests => stranger.Authorizations.Count;

    /// <summary>Requests with a token to the foreign host or to the token endpoint.</summary>
    public int TokensElsewhere => stranger.Authorizations.Count(header => header.Length > 0) + tokens.Bearers;

    public int TokensAtApi => api.Bearers;

    /// <summary>The maximum number of password logins that the server's log explains.</summary>
    public int LoginsAllowed => 1 + ledger.Ended + ledger.Burnt + ledger.LoginsLost;

    public int Logins => ledger.Logins;

    /// <summary>Token requests that were refused although neither password nor form is ever wrong.</summary>
    public IReadOnlyCollection<string> Refusals => [.. ledger.Others];

    /// <summary>Sessions that the server ended by its own log, which cannot be more than were ended.</summary>
    public int SessionsEnded => ledger.Ended;

    public int Calls => _ends.Values.Sum();

    public void Begin(Act act, TimeSpan at)
    {
        SessionEndings += act.EndsSessions ? 1 : 0;
        _acts.Add(string.Create(CultureInfo.InvariantCulture, $"  {at.TotalSeconds,6:F1} s: {act.Incident}{(act.Incident.ToString().Contains("Clock", StringComparison.Ordinal) ? $" by {act.Jump}" : "")}{(act.Habit is Habit.None ? "" : $", {act.Habit}")}; for {act.Length.TotalSeconds:F1} s tokens {act.Tokens}, API {act.Api}"));
    }

    /// <param name="after">How long after the end of a fault the next token was granted.</param>
    /// <param name="limit">How long that may take.</param>
    public void Recovered(TimeSpan after, TimeSpan limit)
    {
        LongestRecovery = after > LongestRecovery ? after : LongestRecovery;
        if (after > limit)
            _objections.Add(string.Create(CultureInfo.InvariantCulture, $"{_acts[^1]}: no token for {after.TotalSeconds:F1} s after that"));

        _acts[^1] += string.Create(CultureInfo.InvariantCulture, $"; next token after {after.TotalSeconds:F1} s");
    }

    public void Add(Call call, string? objection)
    {
        _ends[call.End] = _ends.GetValueOrDefault(call.End) + 1;
        if (objection is not null)
            _objections.Add($"{call}: {objection}");
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        Line($"Soak: {Duration.TotalSeconds:F0} s, seed {seed}, {Soak.Callers} callers, {_acts.Count} acts, the machine at most {Lag.TotalMilliseconds:F0} ms late");
        _acts.ForEach(act => text.AppendLine(act));
        Line($"  faults that hit a token request: {Hits(tokens)}");
        Line($"  faults that hit an API call: {Hits(api)}");
        Line($"  calls {Calls}: {Count(CallEnd.Answered)} answered, {Count(CallEnd.GivenUp)} given up by their callers, {Count(CallEnd.WithoutToken)} failed without a token, {Count(CallEnd.WithoutApi)} failed without the API, {Count(CallEnd.Wrong)} otherwise");
        Line($"  failures that nothing explains: {_objections.Count}");
        Line($"  token requests {ledger.TokenRequests}: {ledger.Refreshes} refreshes; {ledger.Logins} logins <= 1 + {ledger.Ended} sessions ended + {ledger.Burnt} refresh tokens burnt + {ledger.LoginsLost} answers to logins lost; refused for half an assertion {ledger.HalfAssertionsRefused}, otherwise {ledger.Others.Count()}");
        Line($"  {SessionEndings} times sessions were ended; longest time to the next token {LongestRecovery.TotalSeconds:F1} s");
        Line($"  tokens elsewhere: {TokensElsewhere} ({StrangersRequests} requests to a stranger, {ledger.TokenRequests} to the token endpoint; {TokensAtApi} tokens went to the API)");
        Line($"  unobserved exceptions: {Unobserved}");
        Line($"  resources while nobody calls: {Early}, then {Late}");
        return text.ToString();

        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
        int Count(CallEnd end) => _ends.GetValueOrDefault(end);
        static string Hits(FaultProxy proxy) => string.Join(", ", proxy.Injected.OrderBy(hit => hit.Key).Select(hit => $"{hit.Key} {hit.Value}"));
    }
}
