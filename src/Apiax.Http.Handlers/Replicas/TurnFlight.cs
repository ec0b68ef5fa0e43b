namespace Apiax.Http.Handlers;

/// <summary>The flight of the one replica whose turn it is: refresh or login, and what comes of it for all.</summary>
/// <param name="acquisition">Gets tokens from the server.</param>
/// <param name="stored">What the replicas share, as it was when the turn began.</param>
/// <param name="state">What this process knows.</param>
/// <param name="mayRefresh">Whether nobody else can be using the shared refresh token.</param>
/// <param name="time">The clock.</param>
internal sealed class TurnFlight(TokenAcquisition acquisition, StoredAccount stored, TokenState state, bool mayRefresh, TimeProvider time)
{
    // A replica that refreshes must never meet another that does: the server would end the session. So the lease is long, and holds a stall;
    // and it is renewed so often that silence means something.
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BetweenRenewals = TimeSpan.FromSeconds(3);

    // A process that is told to end first brings home what it has asked for: a rotated refresh token would be lost with it.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private int _mark;

    public async Task<FlightResult> FlyAsync(TimeSpan timeout, CancellationToken disposed)
    {
        using var end = new CancellationTokenSource();
        using var grace = time.CreateTimer(_ => end.Cancel(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        using var ending = disposed.Register(() => grace.Change(Grace, Timeout.InfiniteTimeSpan));
        using var renewal = time.CreateTimer(_ => _ = stored.RenewAsync(Lease), state: null, BetweenRenewals, BetweenRenewals);

        var shared = stored.Shared;
        var last = mayRefresh && shared.Tokens?.CanRefreshAt(time.GetUtcNow()) == true ? shared.Tokens : state.Tokens;
        var plan = new FlightPlan(last, state.CoolDown) { Timeout = timeout, BeforeLogin = CheckAsync };
        var result = await acquisition.FlyAsync(plan, end.Token).ConfigureAwait(false);
        await renewal.DisposeAsync().ConfigureAwait(false);
        return await EndAsync(result).ConfigureAwait(false);
    }

    private async Task<FlightResult?> CheckAsync(ApiaxCredentials pair, bool isRefreshRefused, CancellationToken cancellationToken)
    {
        // Refused may mean: used by another, whose turn it is since this one was stalled for longer than its lease.
        if (isRefreshRefused && await stored.LookAgainAsync(state, Lease, cancellationToken).ConfigureAwait(false) is { } tokens)
            return FlightResult.Adopted(tokens);

        _mark = stored.Shared.MarkOf(pair);
        if (stored.Refusal(pair, state.CoolDown) is { } refusal)
            return refusal;

        // Nobody sends a password just behind another's whose answer was not seen: two failures within a second lock a user.
        var now = time.GetUtcNow();
        if (stored.Shared.Attempted is { } attempted && now - attempted < Outage.BetweenPasswords && now >= attempted)
            await Task.Delay(attempted + Outage.BetweenPasswords - now, time, cancellationToken).ConfigureAwait(false);

        return null;
    }

    private async Task<FlightResult> EndAsync(FlightResult result)
    {
        var shared = result.RefreshRefusal is null ? stored.Shared : stored.Shared.WithoutRefreshToken();
        var wasPasswordSent = result.Credentials is not null && result.SharedCoolDown is null;
        if (result is { Tokens: { } tokens, IsAdopted: false })
            return result.With(await stored.SaveAsync(shared.With(tokens, wasPasswordSent ? _mark : null)).ConfigureAwait(false));

        if (wasPasswordSent && result.Failure is { IsVerdict: true } verdict)
        {
            var refused = shared.With(verdict, _mark, time.GetUtcNow());
            await stored.CommitAsync(refused).ConfigureAwait(false);
            return result.With(refused.Pause.Length);
        }

        if (wasPasswordSent)
            await stored.CommitAsync(shared.WithAttempt(time.GetUtcNow())).ConfigureAwait(false);
        else if (result is { RefreshRefusal: not null, IsAdopted: false })
            await stored.CommitAsync(shared).ConfigureAwait(false);
        else
            await stored.RenewAsync(TimeSpan.Zero).ConfigureAwait(false);

        return result;
    }
}
