namespace Apiax.Http.Handlers;

/// <summary>
/// One flight for all replicas: uses what another has brought, or brings it for the others in a turn of its own. The refresh token is in the
/// store alone: outside a turn no replica has it in hand, and in the turn only the one that holds the claim uses it.
/// </summary>
/// <param name="acquisition">Gets tokens from the server.</param>
/// <param name="store">What the replicas share.</param>
/// <param name="left">Ends the sessions that this process opened alone.</param>
/// <param name="username">The account's user; requested before the first look at the store.</param>
/// <param name="settings">The settings in force.</param>
/// <param name="time">The clock.</param>
internal sealed class SharedTokenFlight(
    TokenAcquisition acquisition, GuardedTokenStore store, LeftSessions left, Func<CancellationToken, ValueTask<string>> username, Func<ApiaxAuthOptions> settings, TimeProvider time)
{
    // A back-off of a second, two and a half for a store that hangs, and half a one for the login.
    private static readonly TimeSpan MinRemaining = TimeSpan.FromSeconds(4);

    // Replicas that are without their store, and hold one token, must not all sign in at its very end; nor those that start together, and cannot tell whether others have their answer.
    private static readonly TimeSpan MaxColdDelay = TimeSpan.FromSeconds(1.5);

    private StoredAccount? _stored;
    private string? _unconnected;

    public async Task<FlightResult> FlyAsync(TokenState state, CancellationToken cancellationToken)
    {
        var options = settings();
        var start = time.GetTimestamp();
        using var limit = new TimeLimit(options.TokenTimeout, time, cancellationToken);
        try
        {
            var stored = _stored ??= Of(await username(limit.Token).ConfigureAwait(false));
            while (true)
            {
                var turns = new TurnQueue(acquisition, stored, state, options, start, time) { Overtakes = _unconnected };
                var (begun, settled) = await turns.BeginAsync(limit.Token).ConfigureAwait(false);
                _unconnected = turns.Unconnected;
                if (settled is { IsAdopted: true })
                    left.Leave(state.Tokens);
                if (settled is not null)
                    return settled;

                var timeout = options.TokenTimeout - time.GetElapsedTime(start);
                if (begun is null)
                    return await FlyAloneAsync(stored, state, timeout, cancellationToken).ConfigureAwait(false);

                var turn = new TurnFlight(acquisition, stored, left, state, TurnNote.Read(begun), time);
                if (await turn.FlyAsync(timeout, cancellationToken).ConfigureAwait(false) is { } result)
                    return begun.Turn is TokenStoreTurn.CallerInsteadOfAnother ? result.InsteadOfAnother(turns.Silence) : result;

                // Another user is another account: its tokens must not come into the hands of replicas that still are the one before.
                if (turn.OtherUser is { } user)
                    stored = await ChangeAsync(user).ConfigureAwait(false);
            }
        }
        catch (ApiaxAuthException failure)
        {
            return FlightResult.Failed(failure);
        }
        catch (OperationCanceledException) when (limit.IsOver)
        {
            return FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, $"No token from another replica, and no turn to get one, within {options.TokenTimeout.WholeSeconds()} s."));
        }
    }

    /// <param name="last">What this process knows at its end.</param>
    public async Task EndAsync(TokenState last)
    {
        if (_stored is not null)
            await _stored.DisposeAsync().ConfigureAwait(false);

        left.Leave(last.Tokens);
        await left.EndAllAsync().ConfigureAwait(false);
    }

    private StoredAccount Of(string user) => new(store, settings(), user, time);

    private async Task<StoredAccount> ChangeAsync(string user)
    {
        var (before, stored) = (_stored, _stored = Of(user));
        if (before is not null)
            await before.DisposeAsync().ConfigureAwait(false);

        return stored;
    }

    /// <summary>No coordination: the valid token stays in use. Who has none signs in for this process alone, and leaves what is shared alone.</summary>
    private async Task<FlightResult> FlyAloneAsync(StoredAccount stored, TokenState state, TimeSpan timeout, CancellationToken cancellationToken)
    {
        // A refresh token that is in the state belongs to this process and no other. And a token that would be over before the next look at the store
        // is as good as none: its callers would find nothing.
        var now = time.GetUtcNow();
        if (state.Tokens is { RefreshToken: null } tokens && !state.NeedsTokenAt(now + MinRemaining + Spread(tokens.AccessToken, stored)))
            return FlightResult.Postponed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "The token store is away; the token in hand is used while it is valid."));

        var start = time.GetTimestamp();
        if (stored.WasSilent && state.Tokens is null)
            await Task.Delay((MaxColdDelay * stored.Share).AtMost(timeout / 4), time, cancellationToken).ConfigureAwait(false);

        var plan = new FlightPlan(state.Tokens, state.CoolDown) { Timeout = timeout - time.GetElapsedTime(start), BeforeLogin = CheckAsync, IsPasswordDue = state.IsPasswordDueAt(now) };
        var result = await acquisition.FlyAsync(plan, cancellationToken).ConfigureAwait(false);
        if (result.Tokens is not null)
            _stored!.Forget();

        return result;

        async Task<FlightResult?> CheckAsync(ApiaxCredentials pair, bool isRefreshRefused, CancellationToken ending)
        {
            if (!stored.IsOf(pair))
                await ChangeAsync(pair.Username).ConfigureAwait(false);

            return null;
        }
    }

    // A tenth of its life at most: it is refreshed at half of it.
    private static TimeSpan Spread(ApiaxAccessToken token, StoredAccount stored) => (token.ExpiresOn - token.RefreshOn) / 5 * stored.Share;
}
