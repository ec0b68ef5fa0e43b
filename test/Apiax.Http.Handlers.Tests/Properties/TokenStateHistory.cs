using System.Globalization;

namespace Apiax.Http.Handlers.Tests.Properties;

/// <summary>Applies the same events to a <see cref="TokenState"/> and to the model, compares their decisions, and checks what must never happen.</summary>
internal sealed class TokenStateHistory
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // Each reading of the settings brings other credentials every second time: a reload is often about something else.
    private static readonly CredentialsFingerprint[] Credentials = [.. Enumerable.Range(0, 100).Select(number => CredentialsFingerprint.Of("anna", Text(number)))];

    private readonly TokenStateModel _model = new();
    private TokenState _state = TokenState.Cold;
    private int _issued;
    private int _settings;

    public double Seconds { get; private set; }

    public bool IsInFlight => _state.IsInFlight;

    private DateTimeOffset Now => Start + TimeSpan.FromSeconds(Seconds);

    private int Current => _settings / 2 % Credentials.Length;

    public void Replay(IEnumerable<Step> history)
    {
        foreach (var step in history)
        {
            switch (step)
            {
                case Step.Wait wait:
                    Seconds += wait.Seconds;
                    break;
                case Step.Get:
                    Act(_state.Decide(Now), _model.Get(Seconds), rejected: null);
                    break;
                case Step.Replace replace:
                    var rejected = Token(Math.Max(0, _issued - replace.Age), expiresOn: 0, refreshOn: 0);
                    _state = _state.Rejected(rejected);
                    Act(_state.DecideReplacement(rejected, Now), _model.Replace(Math.Max(0, _issued - replace.Age), Seconds), rejected);
                    break;
                case Step.ReadSettings:
                    _settings++;
                    _state = _state.SettingsRead();
                    _model.ReadSettings();
                    break;
                case Step.FlightEnd end when _state.IsInFlight:
                    EndFlight(end);
                    break;
            }

            Watch();
        }
    }

    private void Act(TokenDecision decision, TokenDecision expected, ApiaxAccessToken? rejected)
    {
        Check(decision == expected, $"{decision}, and the promises ask for {expected}");
        var hasToken = _model.HasToken(Seconds);
        switch (decision)
        {
            case TokenDecision.Use or TokenDecision.UseAndRefresh:
                Check(hasToken && _state.Tokens!.AccessToken.Value != rejected?.Value, "a token is used that is not valid, or was just rejected");
                break;
            case TokenDecision.Keep:
                Check(hasToken && rejected is not null, "there is nothing to keep");
                break;
            default:
                Check(!hasToken || rejected is not null, "a caller waits or fails although a token is valid");
                break;
        }

        Check(decision is not TokenDecision.Fail || _state.FailureAt(Now) is not null, "a failure without a reason");
        if (decision is TokenDecision.Fetch or TokenDecision.UseAndRefresh)
        {
            Check(!_state.IsInFlight, "a second flight");
            _state = _state.FlightStarted();
            _model.StartFlight();
        }

        Check(decision is not TokenDecision.Join || _state.IsInFlight, "nothing to join");
    }

    private void EndFlight(Step.FlightEnd end)
    {
        var result = end switch
        {
            Step.FlightEnd.Granted granted => Grant(granted),
            Step.FlightEnd.Rejected rejected => Reject(rejected.Misconfigured),
            Step.FlightEnd.Unavailable unavailable => Fail(unavailable),
            _ => throw new NotSupportedException(),
        };
        _state = _state.FlightEnded(result, Now);
    }

    private FlightResult Grant(Step.FlightEnd.Granted granted)
    {
        var (expiresOn, refreshOn) = (Seconds + granted.Lifetime, Seconds + (granted.Lifetime * 0.75));
        var tokens = new TokenSet(Token(++_issued, expiresOn, refreshOn), "refresh", Start.AddDays(100), Start);
        var login = granted.Login && !_model.IsForbidden(Current, Seconds);
        _model.EndWithToken(_issued, expiresOn, refreshOn, Seconds);
        return login ? FlightResult.LoggedIn(tokens, Credentials[Current]) : FlightResult.Refreshed(tokens);
    }

    private FlightResult Reject(bool misconfigured)
    {
        // A flight checks before it sends a password: a rejected one is not sent.
        if (misconfigured || IsForbidden())
            return Fail(new Step.FlightEnd.Unavailable(0, Sent: false, RefreshTokenRefused: false), misconfigured);

        var pause = TimeSpan.FromSeconds(_model.EndRejected(Current, Seconds));
        return FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.CredentialsRejected, "no"), Credentials[Current]) with { PasswordPause = pause, RefreshTokenUse = RefreshTokenUse.Used };
    }

    private FlightResult Fail(Step.FlightEnd.Unavailable unavailable, bool misconfigured = false)
    {
        var sent = unavailable.Sent && !IsForbidden();
        _model.EndUnavailable(sent ? Current : null, unavailable.RetryAfter, misconfigured, Seconds);
        return FlightResult.Failed(
            new ApiaxAuthException(misconfigured ? ApiaxAuthFailure.Misconfigured : ApiaxAuthFailure.Unavailable, "no") { RetryAfter = unavailable.RetryAfter > 0 ? TimeSpan.FromSeconds(unavailable.RetryAfter) : null },
            sent ? Credentials[Current] : null) with
        {
            RefreshTokenUse = unavailable.RefreshTokenRefused ? RefreshTokenUse.Used : RefreshTokenUse.Unused,
        };
    }

    private bool IsForbidden()
    {
        var forbidden = _state.CoolDown?.Forbids(Credentials[Current], Now) == true;
        Check(forbidden == _model.IsForbidden(Current, Seconds), forbidden ? "good credentials are held back" : "a rejected password would be sent again");
        return forbidden;
    }

    private void Watch()
    {
        Check(_state.Tokens?.AccessToken.Value == (_model.Token is { } token ? Text(token.Number) : null), "the token is another");
        Check(_state.IsInFlight == _model.IsInFlight, "in flight or not");
    }

    private void Check(bool holds, string otherwise)
    {
        if (!holds)
            throw new AssertionException($"After {Seconds} s: {otherwise}.");
    }

    private static ApiaxAccessToken Token(int number, double expiresOn, double refreshOn) =>
        new(Text(number), Start + TimeSpan.FromSeconds(expiresOn), Start + TimeSpan.FromSeconds(refreshOn));

    private static string Text(int number) => string.Create(CultureInfo.InvariantCulture, $"token-{number}");
}
