namespace Apiax.Http.Handlers;

/// <summary>How an account is at one instant, read off what is known: no token request is sent for it, and no password requested.</summary>
public sealed class ApiaxAccountStatus
{
    private ApiaxAccountStatus(string account) => Account = account;

    /// <summary>The name of the client whose own account it is; <c>(shared)</c> for the shared account. Never the user.</summary>
    /// <remarks>Clients with equal accounts share one token: each name has a status, and all else in it is the same.</remarks>
    public string Account { get; }

    /// <summary>What calls can expect.</summary>
    public ApiaxAccountState State { get; private init; }

    /// <summary>When the newest token ends or ended; <see langword="null"/> before the first.</summary>
    public DateTimeOffset? TokenExpiresOn { get; private init; }

    /// <summary>When the newest token came; <see langword="null"/> before the first.</summary>
    public DateTimeOffset? LastSuccessOn { get; private init; }

    /// <summary>Why the last token request brought no token; <see langword="null"/> when it did, or before the first.</summary>
    public ApiaxAuthFailure? LastFailure { get; private init; }

    /// <summary>The earliest time of the next token request; <see langword="null"/> when the next call makes it.</summary>
    public DateTimeOffset? NextAttemptOn { get; private init; }

    internal static ApiaxAccountStatus Of(string account, TokenState state, DateTimeOffset now)
    {
        var token = state.Tokens?.AccessToken;
        var failure = state.FailureAt(now);
        var next = failure is null ? token?.RefreshOn : now + failure.RetryAfter;
        return new ApiaxAccountStatus(account)
        {
            State = failure is null ? ApiaxAccountState.Ok : state.IsFailingAt(now) ? ApiaxAccountState.CoolingDown : ApiaxAccountState.Stale,
            TokenExpiresOn = token?.ExpiresOn,
            LastSuccessOn = state.RenewedOn,
            LastFailure = failure?.Reason,
            NextAttemptOn = next > now ? next : null,
        };
    }

    /// <summary>The settings cannot be used, so that there is no account yet.</summary>
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

/// <summary>What calls on behalf of an account can expect.</summary>
public enum ApiaxAccountState
{
    /// <summary>There is a token, or nothing prevents the first or next one.</summary>
    Ok,

    /// <summary>The last token request failed. Calls go on with the token that there is; without one, the next call tries again.</summary>
    Stale,

    /// <summary>There is no token: calls fail at once until a pause is over or the settings change, or wait for the attempt that is then under way.</summary>
    CoolingDown,
}
