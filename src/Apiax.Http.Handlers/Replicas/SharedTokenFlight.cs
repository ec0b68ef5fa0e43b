namespace Apiax.Http.Handlers;

/// <summary>
/// One flight for all replicas: uses what another has brought, or brings it for the others in a turn of its own. The refresh token is in the
/// store alone: outside a turn no replica has it in hand, so none can use it twice.
/// </summary>
/// <param name="acquisition">Gets tokens from the server.</param>
/// <param name="store">What the replicas share.</param>
/// <param name="account">The account's name in the store; asked once.</param>
/// <param name="settings">The settings in force.</param>
/// <param name="time">The clock.</param>
internal sealed class SharedTokenFlight(
    TokenAcquisition acquisition, GuardedTokenStore store, Func<CancellationToken, ValueTask<string>> account, Func<ApiaxAuthOptions> settings, TimeProvider time) : IDisposable
{
    // A login needs no refresh token, so it may be done in the place of a replica that died or hangs: two sessions at worst.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    // A rest of a second, two and a half for a store that hangs, and half a one for the login.
    private static readonly TimeSpan LeastRemaining = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan[] Waits = [TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(400), TimeSpan.FromMilliseconds(800)];

    private StoredAccount? _stored;

    public async Task<FlightResult> FlyAsync(TokenState state, CancellationToken cancellationToken)
    {
        var options = settings();
        var start = time.GetUtcNow();
        using var limit = new CancellationTokenSource(options.TokenTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var stored = _stored ??= new StoredAccount(store, await account(either.Token).ConfigureAwait(false), time);
            var (owner, settled) = await BeginAsync(stored, state, start, options, either.Token).ConfigureAwait(false);
            if (settled is not null)
                return settled;

            var timeout = start + options.TokenTimeout - time.GetUtcNow();
            if (owner is null)
                return await FlyAloneAsync(stored, state, timeout, cancellationToken).ConfigureAwait(false);

            var isFree = owner is TokenStoreTurnOwner.Caller;
            var result = await new TurnFlight(acquisition, stored, state, mayRefresh: isFree, time).FlyAsync(timeout, cancellationToken).ConfigureAwait(false);
            return isFree ? result : result.InsteadOfAnother(Silence);
        }
        catch (ApiaxAuthException failure)
        {
            return FlightResult.Failed(failure);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, $"No token from another replica, and no turn to get one, within {options.TokenTimeout}."));
        }
    }

    public void Dispose() => _stored?.Dispose();

    /// <summary>What another has brought; or whose the turn is now, nobody's when there is no coordination.</summary>
    private async Task<(TokenStoreTurnOwner? Owner, FlightResult? Settled)> BeginAsync(
        StoredAccount stored, TokenState state, DateTimeOffset start, ApiaxAuthOptions options, CancellationToken cancellationToken)
    {
        // Whoever gets the turn must have the time for a token request: one that is cut off may have used up the refresh token.
        var patience = options.TokenTimeout - (options.AttemptTimeout < options.TokenTimeout / 2 ? options.AttemptTimeout : options.TokenTimeout / 2);

        // A cool-down that is known is looked at without a turn: replicas that are all refused need not queue for it.
        if (stored.IsCoolingDown(start) && await stored.IsUnchangedAsync(cancellationToken).ConfigureAwait(false) &&
            await RefuseAsync(stored, state, cancellationToken).ConfigureAwait(false) is { } still)
        {
            return (null, still);
        }

        for (var round = 0; ; round++)
        {
            var now = time.GetUtcNow();
            var isNeeded = state.NeedsTokenAt(now);
            switch (await stored.BeginAsync(isNeeded ? Silence : TurnFlight.Lease, cancellationToken).ConfigureAwait(false))
            {
                case TokenStoreTurnOwner.Nobody:
                    if (stored.Offer(state, now) is { } tokens)
                        return (null, FlightResult.Adopted(tokens));
                    if (await RefuseAsync(stored, state, cancellationToken).ConfigureAwait(false) is { } refusal)
                        return (null, refusal);
                    break;

                case TokenStoreTurnOwner.Another when now - start > patience:
                    var late = new ApiaxAuthException(ApiaxAuthFailure.Unavailable, $"Another replica has been getting a token for more than {patience}.");
                    return (null, isNeeded ? FlightResult.Failed(late) : FlightResult.Postponed(late));

                case TokenStoreTurnOwner.Another:
                    var wait = Waits[Math.Min(round, Waits.Length - 1)];
                    await stored.WaitAsync(wait + (wait / 4 * Random.Shared.NextDouble()), cancellationToken).ConfigureAwait(false);
                    break;

                case var owner:
                    return (owner, null);
            }
        }
    }

    /// <summary>The answer to a rejected password holds for every replica that would send the same.</summary>
    private async Task<FlightResult?> RefuseAsync(StoredAccount stored, TokenState state, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (!state.NeedsTokenAt(now) || !stored.IsCoolingDown(now))
            return null;

        var pair = await acquisition.AskAsync(cancellationToken).ConfigureAwait(false);
        return stored.Refusal(pair, state.CoolDown);
    }

    /// <summary>No coordination: the valid token serves on. Who has none signs in for this process alone, and leaves what is shared alone.</summary>
    private async Task<FlightResult> FlyAloneAsync(StoredAccount stored, TokenState state, TimeSpan timeout, CancellationToken cancellationToken)
    {
        // A refresh token that is in the state belongs to this process and no other. And a token that would be over before the store was looked at
        // once more is as good as none: its callers would find nothing.
        if (state.Tokens?.RefreshToken is null && !state.NeedsTokenAt(time.GetUtcNow() + LeastRemaining))
            return FlightResult.Postponed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "The token store is away; the token in hand is used while it is valid."));

        var result = await acquisition.FlyAsync(new FlightPlan(state.Tokens, state.CoolDown) { Timeout = timeout }, cancellationToken).ConfigureAwait(false);
        if (result.Tokens is not null)
            stored.Forget();

        return result;
    }
}
