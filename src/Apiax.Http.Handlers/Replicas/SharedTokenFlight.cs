namespace Apiax.Http.Handlers;

/// <summary>
/// One flight for all replicas: uses what another has brought, or brings it for the others in a turn of its own. The refresh token is in the
/// store alone: outside a turn no replica has it in hand, so none can use it twice.
/// </summary>
/// <param name="acquisition">Gets tokens from the server.</param>
/// <param name="store">What the replicas share.</param>
/// <param name="username">The account's user; asked before the first look at the store.</param>
/// <param name="settings">The settings in force.</param>
/// <param name="time">The clock.</param>
internal sealed class SharedTokenFlight(
    TokenAcquisition acquisition, GuardedTokenStore store, Func<CancellationToken, ValueTask<string>> username, Func<ApiaxAuthOptions> settings, TimeProvider time) : IDisposable
{
    // A turn is taken over by a login, which needs no refresh token: two sessions at worst. Who has no token waits no longer for an owner that died
    // or hangs; who has one leaves it the time of a long stall.
    private static readonly TimeSpan ShortSilence = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongSilence = TimeSpan.FromSeconds(60);

    // A rest of a second, two and a half for a store that hangs, and half a one for the login.
    private static readonly TimeSpan LeastRemaining = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan[] Waits = [TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(400), TimeSpan.FromMilliseconds(800)];

    // Replicas that are without their store, and hold one token, must not all sign in at its very end.
    private readonly double _share = Random.Shared.NextDouble();

    private readonly CancellationTokenSource _disposed = new();
    private StoredAccount? _stored;

    public async Task<FlightResult> FlyAsync(TokenState state, CancellationToken cancellationToken)
    {
        var options = settings();
        var start = time.GetUtcNow();
        using var limit = new TimeLimit(options.TokenTimeout, time, cancellationToken);
        try
        {
            var stored = _stored ??= Of(await username(limit.Token).ConfigureAwait(false));
            while (true)
            {
                var (owner, settled) = await BeginAsync(stored, state, start, options, limit.Token).ConfigureAwait(false);
                if (settled is not null)
                    return settled;

                var timeout = start + options.TokenTimeout - time.GetUtcNow();
                if (owner is null)
                    return await FlyAloneAsync(stored, state, timeout, cancellationToken).ConfigureAwait(false);

                var isFree = owner is TokenStoreTurnOwner.Caller;
                var turn = new TurnFlight(acquisition, stored, state, mayRefresh: isFree, time);
                var result = await turn.FlyAsync(timeout, cancellationToken).ConfigureAwait(false);
                if (turn.OtherUser is null)
                    return isFree ? result : result.InsteadOfAnother(SilenceFor(state, start));

                // Another user is another account: its tokens must not come into the hands of replicas that still are the one before.
                _stored = stored = Of(turn.OtherUser);
            }
        }
        catch (ApiaxAuthException failure)
        {
            return FlightResult.Failed(failure);
        }
        catch (OperationCanceledException) when (limit.IsOver)
        {
            return FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, $"No token from another replica, and no turn to get one, within {options.TokenTimeout}."));
        }
    }

    // Only told, since a save may be under way: it holds nothing that must be given back.
    public void Dispose() => _disposed.Cancel();

    private StoredAccount Of(string user) => new(store, settings(), user, time, _disposed.Token);

    private static TimeSpan SilenceFor(TokenState state, DateTimeOffset now) => state.NeedsTokenAt(now) ? ShortSilence : LongSilence;

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
            switch (await stored.BeginAsync(SilenceFor(state, now), cancellationToken).ConfigureAwait(false))
            {
                case TokenStoreTurnOwner.Nobody:
                    if (stored.Offer(state, now) is { } tokens)
                        return (null, FlightResult.Adopted(tokens));
                    if (await RefuseAsync(stored, state, cancellationToken).ConfigureAwait(false) is { } refusal)
                        return (null, refusal);
                    break;

                case TokenStoreTurnOwner.Another when now - start > patience:
                    var late = new ApiaxAuthException(ApiaxAuthFailure.Unavailable, $"Another replica has been getting a token for more than {patience}.");
                    return (null, state.NeedsTokenAt(now) ? FlightResult.Failed(late) : FlightResult.Postponed(late));

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

        var pair = await acquisition.AskAsync(lastRejected: true, cancellationToken).ConfigureAwait(false);
        return stored.Refusal(pair, state.CoolDown);
    }

    /// <summary>No coordination: the valid token serves on. Who has none signs in for this process alone, and leaves what is shared alone.</summary>
    private async Task<FlightResult> FlyAloneAsync(StoredAccount stored, TokenState state, TimeSpan timeout, CancellationToken cancellationToken)
    {
        // A refresh token that is in the state belongs to this process and no other. And a token that would be over before the store was looked at
        // once more is as good as none: its callers would find nothing.
        if (state.Tokens is { RefreshToken: null } tokens && !state.NeedsTokenAt(time.GetUtcNow() + LeastRemaining + Spread(tokens.AccessToken)))
            return FlightResult.Postponed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "The token store is away; the token in hand is used while it is valid."));

        var plan = new FlightPlan(state.Tokens, state.CoolDown) { Timeout = timeout, BeforeLogin = CheckAsync, IsPasswordDue = state.IsPasswordDueAt(time.GetUtcNow()) };
        var result = await acquisition.FlyAsync(plan, cancellationToken).ConfigureAwait(false);
        if (result.Tokens is not null)
            _stored!.Forget();

        return result;

        Task<FlightResult?> CheckAsync(ApiaxCredentials pair, bool isRefreshRefused, CancellationToken ending)
        {
            if (!stored.IsOf(pair))
                _stored = Of(pair.Username);

            return Task.FromResult<FlightResult?>(null);
        }
    }

    // A tenth of its life at most: it is refreshed at half of it.
    private TimeSpan Spread(ApiaxAccessToken token) => (token.ExpiresOn - token.RefreshOn) / 5 * _share;
}
