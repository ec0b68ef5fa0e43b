namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>
/// Decides which failures are justified. A call may fail without a token only if no valid one could be obtained. That means two things, both by the server's
/// own log: the call was made between the beginning of a fault in front of the token endpoint and the first token that was granted after its end;
/// and when the call began, the application had no token that the API had accepted before and would still accept.
/// It may fail without an answer of the API only during a fault in front of the API.
/// </summary>
internal sealed class Judge(Ledger ledger, Stopwatch watch)
{
    // The two sides log one event at slightly different times.
    private static readonly TimeSpan Little = TimeSpan.FromSeconds(0.5);

    private static readonly TimeSpan WholeSecond = TimeSpan.FromSeconds(1);

    private readonly List<(TimeSpan From, TimeSpan Until)> _withoutTokens = [];
    private readonly List<(TimeSpan From, TimeSpan Until)> _withoutApi = [];
    private readonly List<(TimeSpan From, TimeSpan Until)> _voidings = [];

    private TimeSpan Tolerance => Little + watch.Lag;

    /// <summary>How long a call takes to arrive, and how long the answer with its token took.</summary>
    private TimeSpan OnTheWay => (Little / 2) + watch.RecentLag;

    /// <summary>No token could be obtained in this time.</summary>
    public void WithoutTokens(TimeSpan from, TimeSpan until) => _withoutTokens.Add((from, until));

    /// <summary>The API could not be reached in this time.</summary>
    public void WithoutApi(TimeSpan from, TimeSpan until) => _withoutApi.Add((from, until));

    /// <summary>Something in this time made tokens invalid, or a clock showed them as expired.</summary>
    public void Voided(TimeSpan from, TimeSpan until) => _voidings.Add((from, until));

    /// <returns>Why the failure is not justified; null if it is.</returns>
    public string? Objection(Call call) => call.End switch
    {
        CallEnd.Answered or CallEnd.GivenUp => null,
        CallEnd.WithoutApi when _withoutApi.Exists(time => Meet(time, call)) => null,
        CallEnd.WithoutToken when !_withoutTokens.Exists(time => Meet(time, call)) => "a token could be had",
        CallEnd.WithoutToken when HeldToken(call) is { } token => $"the application had a token that the API had accepted at {token.From.TotalSeconds:F2} s and would have until {token.Until.TotalSeconds:F2} s",
        CallEnd.WithoutToken => null,
        _ => "nothing explains it",
    };

    private bool Meet((TimeSpan From, TimeSpan Until) time, Call call) => call.Until >= time.From - Little && call.From <= time.Until + Tolerance;

    /// <summary>A token with which the call should have been sent at once, valid until it arrives.</summary>
    private (TimeSpan From, TimeSpan Until)? HeldToken(Call call) => _withoutApi.Exists(time => Meet(time, call)) ? null : ledger.Accepted.Values
        .Where(token => token.From + Tolerance < call.From && SafeUntil(token) - OnTheWay > call.From && !IsVoid(token.From, call.From + Tolerance))
        .Cast<(TimeSpan, TimeSpan)?>()
        .FirstOrDefault();

    /// <summary>
    /// The library counts a second less, since servers round down to whole seconds, and counts from the moment before it sent the request: a token whose answer took long
    /// expires early for it.
    /// </summary>
    private TimeSpan SafeUntil((TimeSpan From, TimeSpan Until) token) => token.Until - WholeSecond -
        (_withoutTokens.Exists(time => token.From >= time.From && token.From <= time.Until + Tolerance + Little) ? SoakedApplication.Attempt : TimeSpan.Zero);

    private bool IsVoid(TimeSpan from, TimeSpan until) =>
        _voidings.Exists(voiding => voiding.From <= until && voiding.Until >= from - Tolerance) ||
        ledger.Burns.Exists(burn => burn <= until && burn >= from - Tolerance);
}
