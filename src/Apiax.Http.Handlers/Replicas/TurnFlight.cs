namespace Apiax.Http.Handlers;

/// <summary>The flight of the one replica whose turn it is: refresh or login, and what comes of it for all.</summary>
/// <param name="acquisition">Gets tokens from the server.</param>
/// <param name="stored">What the replicas share, as it was when the turn began.</param>
/// <param name="state">What this process knows.</param>
/// <param name="mayRefresh">Whether nobody else can have used the shared refresh token.</param>
/// <param name="time">The clock.</param>
internal sealed class TurnFlight(TokenAcquisition acquisition, StoredAccount stored, TokenState state, bool mayRefresh, TimeProvider time)
{
    // So often that silence means something.
    private static readonly TimeSpan BetweenRenewals = TimeSpan.FromSeconds(3);

    // A process that is told to end first brings home what it has asked for: a rotated refresh token would be lost with it.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private int _mark;

    /// <summary>The user whom the credentials are of now, where it is no longer the account's: nothing was sent then.</summary>
    public string? OtherUser { get; private set; }

    public async Task<FlightResult> FlyAsync(TimeSpan timeout, CancellationToken disposed)
    {
        using var end = new CancellationTokenSource();
        using var grace = time.CreateTimer(_ => end.Cancel(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        using var ending = disposed.Register(() => grace.Change(Grace, Timeout.InfiniteTimeSpan));
        using var renewal = time.CreateTimer(_ => _ = stored.RenewAsync(), state: null, BetweenRenewals, BetweenRenewals);

        var shared = stored.Shared;
        var last = mayRefresh && shared.Tokens?.CanRefreshAt(time.GetUtcNow()) == true ? shared.Tokens : state.Tokens;
        var plan = new FlightPlan(last, state.CoolDown) { Timeout = timeout, BeforeLogin = CheckAsync, IsPasswordDue = state.IsPasswordDueAt(time.GetUtcNow()) };
        var result = await acquisition.FlyAsync(plan, end.Token).ConfigureAwait(false);
        await renewal.DisposeAsync().ConfigureAwait(false);
        return await EndAsync(result).ConfigureAwait(false);
    }

    private async Task<FlightResult?> CheckAsync(ApiaxCredentials pair, bool isRefreshRefused, CancellationToken cancellationToken)
    {
        // Refused may mean: used by another, who took the turn over since this one was silent for too long.
        if (isRefreshRefused && await stored.LookAgainAsync(state, cancellationToken).ConfigureAwait(false) is { } tokens)
            return FlightResult.Adopted(tokens);

        if (!stored.IsOf(pair))
        {
            OtherUser = pair.Username;
            return FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "The credentials are another user's now."));
        }

        _mark = stored.Shared.MarkOf(pair);
        if (stored.Refusal(pair, state.CoolDown) is { } refusal)
            return refusal;

        // Nobody sends a password just behind another's whose answer was not seen: two failures within a second lock a user.
        var now = time.GetUtcNow();
        if (stored.Shared.Attempted is { } attempted && now - attempted < UserLogin.Spacing && now >= attempted)
            await Task.Delay(attempted + UserLogin.Spacing - now, time, cancellationToken).ConfigureAwait(false);

        return null;
    }

    private async Task<FlightResult> EndAsync(FlightResult result)
    {
        // What a silent owner works with, or died with, is left to it: neither this turn nor a later one goes on with its refresh token.
        var isSpent = result.RefreshRefusal is not null || !mayRefresh;
        var shared = isSpent ? stored.Shared.WithoutRefreshToken() : stored.Shared;
        var sent = result.SharedCoolDown is null ? result.Credentials : null;
        if (result is { Tokens: { } tokens, IsAdopted: false })
            return result.With(await stored.SaveTokensAsync(shared.With(tokens, sent is null ? null : _mark)).ConfigureAwait(false));

        if (sent is not null && result is { Failure: { Reason: ApiaxAuthFailure.CredentialsRejected } rejection, PasswordPause: { } pause })
        {
            var before = Math.Max(shared.Rejections, state.CoolDown?.Rejections ?? 0);
            var length = result.IsSecondTryDue ? pause : CoolDown.LengthAfter(before, Random.Shared.NextDouble());
            var refused = shared.With(rejection, _mark, before, length, time.GetUtcNow());
            await stored.SaveAsync(refused).ConfigureAwait(false);
            return result.With(refused.Pause.Length);
        }

        if (sent is not null)
            await stored.SaveAsync(shared.WithAttempt(time.GetUtcNow())).ConfigureAwait(false);
        else if (isSpent && !result.IsAdopted)
            await stored.SaveAsync(shared).ConfigureAwait(false);
        else
            await stored.EndAsync().ConfigureAwait(false);

        return result;
    }
}
