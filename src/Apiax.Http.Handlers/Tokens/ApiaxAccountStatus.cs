namespace Apiax.Http.Handlers;

/// <summary>The status of an account at one instant. Reading it sends no token request and does not call the credentials provider.</summary>
public sealed class ApiaxAccountStatus
{
    private ApiaxAccountStatus(string account) => Account = account;

    /// <summary>The name of the client that has this account; <c>(shared)</c> for the shared account. Never the user name.</summary>
    /// <remarks>Clients with equal accounts share one token: each name has its own status, with the same values.</remarks>
    public string Account { get; }

    /// <summary>What calls can expect.</summary>
    public ApiaxAccountState State { get; private init; }

    /// <summary>When the newest token expires or expired; <see langword="null"/> before the first token.</summary>
    public DateTimeOffset? TokenExpiresOn { get; private init; }

    /// <summary>When the newest token was obtained; <see langword="null"/> before the first token.</summary>
    public DateTimeOffset? LastSuccessOn { get; private init; }

    /// <summary>Why the last token request failed; <see langword="null"/> if it succeeded, or before the first request.</summary>
    public ApiaxAuthFailure? LastFailure { get; private init; }

    /// <summary>The earliest time of the next token request; <see langword="null"/> if the next call may send it at once.</summary>
    public DateTimeOffset? NextAttemptOn { get; private init; }

    /// <summary>Whether the last password is not sent before <see cref="NextAttemptOn"/>, since the server rejected it or did not answer.</summary>
    public bool IsPasswordWithheld { get; private init; }

    internal static ApiaxAccountStatus Of(string account, TokenState state, DateTimeOffset now)
    {
        var token = state.Tokens?.AccessToken;
        var failure = state.FailureAt(now);
        var next = failure is null ? token?.RefreshOn : now + failure.RetryAfter!.Value;
        return new ApiaxAccountStatus(account)
        {
            State = failure is null ? ApiaxAccountState.Ok : state.IsFailingAt(now) ? ApiaxAccountState.CoolingDown : ApiaxAccountState.Stale,
            TokenExpiresOn = token?.ExpiresOn,
            LastSuccessOn = state.RenewedOn,
            LastFailure = failure?.Reason,
            NextAttemptOn = next > now ? next : null,
            IsPasswordWithheld = state.CoolDown?.Covers(now) == true,
        };
    }

    /// <summary>The settings are invalid, so there is no account yet.</summary>
    internal static ApiaxAccountStatus Misconfigured(string account) =>
        new(account) { State = ApiaxAccountState.CoolingDown, LastFailure = ApiaxAuthFailure.Misconfigured };

    internal AccountReading ReadingAt(DateTimeOffset now) => new(
        Account,
        (TokenExpiresOn - now)?.AtLeast(TimeSpan.Zero),
        State switch
        {
            ApiaxAccountState.Ok => AccountReading.Ok,
            ApiaxAccountState.Stale => AccountReading.Stale,
            _ => AccountReading.CoolingDown,
        });
}

/// <summary>What calls that use an account can expect. The values are ordered by severity: the worst of several accounts is the maximum.</summary>
public enum ApiaxAccountState
{
    /// <summary>There is a valid token, or the next call can get one.</summary>
    Ok = 0,

    /// <summary>The last token request failed. Calls use the token that is still valid; if there is none, the next call tries again.</summary>
    Stale = 1,

    /// <summary>There is no token. Until the back-off is over or changed settings may help, calls fail at once or wait for an attempt under way.</summary>
    CoolingDown = 2,
}
