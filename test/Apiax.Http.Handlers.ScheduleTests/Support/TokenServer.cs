using System.Globalization;
using Microsoft.Coyote.Specifications;

namespace Apiax.Http.Handlers.ScheduleTests;

/// <summary>
/// A flight with its token server: it grants access-1, access-2 …, counts the passwords that were sent, and accepts no second request at the same
/// time. It replaces the network, which Coyote cannot rewrite, and checks the cool-down before it sends a password, as the library does.
/// </summary>
internal sealed class TokenServer(TimeProvider time)
{
    private readonly List<string> _sent = [];
    private int _atOnce;

    public string Accepts { get; init; } = "right";

    /// <summary>The password in the settings in force.</summary>
    public string Password { get; set; } = "right";

    public bool IsDown { get; set; }

    public int Requests { get; private set; }

    public int Sent(string password) => _sent.Count(sent => sent == password);

    public async Task<FlightResult> FlyAsync(TokenState state, CancellationToken cancellationToken)
    {
        Specification.Assert(Interlocked.Increment(ref _atOnce) == 1, "Two flights at once.");

        var result = await AskAsync(state, Password);
        Interlocked.Decrement(ref _atOnce);
        cancellationToken.ThrowIfCancellationRequested();
        return result;
    }

    private async Task<FlightResult> AskAsync(TokenState state, string password)
    {
        var now = time.GetUtcNow();
        var credentials = CredentialsFingerprint.Of("anna", password);
        if (state.CoolDown?.Forbids(credentials, now) == true)
            return FlightResult.Failed(state.CoolDown.Failure);

        Requests++;
        _sent.Add(password);

        // While the server works, the schedule may run any other task first.
        await Task.Yield();
        if (IsDown)
            return FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "Overloaded."), credentials);
        if (password != Accepts)
        {
            return FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.CredentialsRejected, "Rejected."), credentials) with
            {
                PasswordPause = CoolDown.LengthAfter(Sent(password) - 1, jitter: 0.5),
            };
        }

        var token = new ApiaxAccessToken(string.Create(CultureInfo.InvariantCulture, $"access-{Requests}"), now.AddMinutes(30), now.AddMinutes(25));
        return FlightResult.LoggedIn(new TokenSet(token, RefreshToken: null, now, now), credentials);
    }
}
