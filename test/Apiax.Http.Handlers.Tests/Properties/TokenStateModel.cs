namespace Apiax.Http.Handlers.Tests.Properties;

/// <summary>
/// The promises about one account again, as a simple mutable object that counts in seconds: the decisions of <see cref="TokenState"/> are
/// compared with it after every step of a random history.
/// </summary>
internal sealed class TokenStateModel
{
    private bool _rejected;
    private int _replacements;
    private (double From, double Length)? _ration;
    private (double From, double Length)? _refill;
    private (double From, double Length)? _backOff;
    private double _step;
    private readonly HashSet<int> _wrong = [];
    private (double From, double Length, int Rejections, double ReadOn)? _coolDown;
    private bool _settingsRead;
    private bool _needsAction;

    public (int Number, double ExpiresOn, double RefreshOn)? Token { get; private set; }

    public bool IsInFlight { get; private set; }

    public bool HasToken(double now) => Token is { } token && now < token.ExpiresOn;

    public bool IsForbidden(int credentials, double now) => _coolDown is { } pause && _wrong.Contains(credentials) && IsOn((pause.From, pause.Length), now);

    public TokenDecision Get(double now)
    {
        if (!HasToken(now))
            return Fetch(now);

        return now >= Token!.Value.RefreshOn && !IsInFlight && !IsBackingOff(now) ? TokenDecision.UseAndRefresh : TokenDecision.Use;
    }

    public TokenDecision Replace(int number, double now)
    {
        if (Token?.Number == number)
            _rejected = true;
        if (HasToken(now) && Token!.Value.Number != number && !_rejected)
            return TokenDecision.Use;
        if (HasToken(now) && !IsInFlight && (IsOn(_ration, now) || UntilFull(now) > 9 * 60))
            return TokenDecision.Keep;

        return Fetch(now);
    }

    public void StartFlight() => (IsInFlight, _settingsRead) = (true, false);

    public void ReadSettings() => (_settingsRead, _backOff) = (true, _needsAction ? null : _backOff);

    public void EndWithToken(int number, double expiresOn, double refreshOn, double now)
    {
        // 10 s, 20 s, … 5 min while tokens are rejected; the first one that is used until its ordinary refresh ends the series, but not the 10 s.
        // An hour after the last replacement, all is forgotten; or if the clock was set back to before it.
        if (!IsOn(_ration is { } last ? (last.From, 3600) : null, now))
            (_replacements, _ration, _refill) = (0, null, null);
        if (_rejected)
            _refill = (now, Math.Min(10 * 60, UntilFull(now) + 60));
        _ration = _rejected ? (now, Math.Min(10 * Math.Pow(2, _replacements), 300)) : _ration is { } ration ? (ration.From, 10) : null;
        _replacements = _rejected ? _replacements + 1 : 0;
        (Token, IsInFlight, _rejected, _backOff, _step, _needsAction, _coolDown) = ((number, expiresOn, refreshOn), false, false, null, 0, false, null);
        _wrong.Clear();
    }

    /// <summary>The server rejected credentials, and the refresh token before them: 1 min, 2 min, … 15 min.</summary>
    /// <returns>The length of the pause.</returns>
    public double EndRejected(int credentials, double now)
    {
        var before = _coolDown?.Rejections ?? 0;
        _wrong.Add(credentials);
        (IsInFlight, _backOff, _step, _needsAction, _coolDown) = (false, null, 0, false, (now, Math.Min(60 * Math.Pow(2, before), 900), before + 1, now));
        return _coolDown.Value.Length;
    }

    /// <summary>No usable answer; or no credentials that might be sent.</summary>
    public void EndUnavailable(int? credentials, double retryAfter, bool needsAction, double now)
    {
        IsInFlight = false;
        if (credentials is null && _coolDown is { ReadOn: > double.NegativeInfinity } pause && IsOn((pause.From, pause.Length), now))
        {
            _coolDown = pause with { ReadOn = now };
            (_backOff, _step, _needsAction) = (null, 0, false);
            return;
        }

        // The new credentials are not the ones that wait.
        _coolDown = credentials is { } sent && !_wrong.Contains(sent) && _coolDown is { } others ? others with { ReadOn = double.NegativeInfinity } : _coolDown;

        // While a token is valid, no more than a quarter of its remaining time.
        var most = HasToken(now) ? Math.Min(Math.Max(1, (Token!.Value.ExpiresOn - now) / 4), Token!.Value.ExpiresOn - now) : double.PositiveInfinity;
        if (HasToken(now) && !_rejected)
        {
            _backOff = _settingsRead && _needsAction ? null : (now, Math.Min(most, Math.Max(30, retryAfter)));
            return;
        }

        _step = needsAction ? Math.Clamp(2 * _step, 5, _needsAction ? 300 : 30) : Math.Clamp(2 * _step, 1, 30);
        _needsAction = needsAction;
        _backOff = (now, Math.Min(most, Math.Max(retryAfter, _step)));

        // The settings that were read meanwhile may be the action.
        if (_settingsRead && needsAction)
            _backOff = null;
    }

    /// <summary>Until there are ten replacements again, one every minute.</summary>
    private double UntilFull(double now) => IsOn(_refill, now) ? _refill!.Value.From + _refill.Value.Length - now : 0;

    private TokenDecision Fetch(double now) => IsInFlight ? TokenDecision.Join : IsBackingOff(now) ? TokenDecision.Fail : TokenDecision.Fetch;

    private bool IsBackingOff(double now) =>
        IsOn(_backOff, now) || (_coolDown is { } pause && !_settingsRead && IsOn((pause.From, pause.Length), now) && IsOn((pause.ReadOn, 10), now));

    // A clock that is set back by less than the pause's length (5 s at least, a minute at most) does not end it; by more, it does.
    private static bool IsOn((double From, double Length)? pause, double now) => pause is { } on && now < on.From + on.Length && now > on.From - Math.Clamp(on.Length, 5, 60);
}
