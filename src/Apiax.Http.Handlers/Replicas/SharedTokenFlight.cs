namespace Apiax.Http.Handlers;

/// <summary>
/// One flight for all replicas: uses the tokens of another replica, or gets tokens for all in its own turn. The refresh token is only in the
/// store: outside a turn no replica holds it, and in a turn only the replica with the claim uses it.
/// </summary>
/// <param name="acquisition">Gets tokens from the server.</param>
/// <param name="store">What the replicas share.</param>
/// <param name="superseded">Ends the sessions that only this process uses and no longer refreshes.</param>
/// <param name="current">Returns what this process knows now.</param>
/// <param name="username">Returns the account's user; called before the first call to the store.</param>
/// <param name="settings">The settings in force.</param>
/// <param name="time">The clock.</param>
internal sealed class SharedTokenFlight(
    TokenAcquisition acquisition,
    GuardedTokenStore store,
    SupersededSessions superseded,
    Func<TokenState> current,
    Func<CancellationToken, ValueTask<string>> username,
    Func<ApiaxAuthOptions> settings,
    TimeProvider time)
{
    // Time for a back-off of 1 s, for a store that hangs (2.5 s), and for a login (0.5 s).
    private static readonly TimeSpan MinRemaining = TimeSpan.FromSeconds(4);

    // If the store does not answer, replicas that start together must not all sign in at the same time.
    private static readonly TimeSpan MaxColdDelay = TimeSpan.FromSeconds(1.5);

    private StoredAccount? _stored;
    private string? _ownerWithoutConnection;

    public async Task<FlightResult> FlyAsync(TokenState state, CancellationToken cancellationToken)
    {
        var result = state.BackOffAt(time.GetUtcNow()) is { } reason
            ? await LookAsync(state, cancellationToken).ConfigureAwait(false) ?? FlightResult.NothingFound(reason)
            : await GetAsync(cancellationToken).ConfigureAwait(false);
        return result with { IsShared = true, Superseded = result.IsAdopted ? state.Tokens : result.Superseded };
    }

    /// <summary>During a back-off or without a turn, another replica may have tokens.</summary>
    private async Task<FlightResult?> LookAsync(TokenState state, CancellationToken cancellationToken) =>
        _stored is { } stored && await stored.ReadAsync(cancellationToken).ConfigureAwait(false) is { } entry && stored.IsChanged(entry) && stored.Offer(entry, state) is { } tokens
            ? FlightResult.Adopted(tokens)
            : null;

    private async Task<FlightResult> GetAsync(CancellationToken cancellationToken)
    {
        var options = settings();
        var start = time.GetTimestamp();
        using var limit = new TimeLimit(options.TokenTimeout, time, cancellationToken);
        try
        {
            var hasChangedUser = false;
            var stored = _stored ??= Of(await username(limit.Token).ConfigureAwait(false));
            while (true)
            {
                var turns = new TurnQueue(acquisition, stored, current, options, start, time) { Overtakes = _ownerWithoutConnection };
                var (begun, settled) = await turns.BeginAsync(limit.Token).ConfigureAwait(false);
                _ownerWithoutConnection = turns.OwnerWithoutConnection;
                if (settled is not null)
                    return settled;

                var state = current();
                if (begun is null)
                    return await FlyAloneAsync(stored, state, options, start, cancellationToken).ConfigureAwait(false);

                var turn = new TurnFlight(acquisition, stored, superseded, state, TurnNote.Read(begun), time);
                if (await turn.FlyAsync(Remaining(options, start), cancellationToken).ConfigureAwait(false) is { } result)
                    return begun.Turn is TokenStoreTurn.CallerInsteadOfAnother ? result.InsteadOfAnother(turns.Silence) : result;

                // Another user is another account: replicas that still use the old account must not get its tokens.
                if (turn.OtherUser is not { } user)
                    continue;
                if (hasChangedUser)
                    return FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "The credentials provider returns another user each time: an account has one user."));

                hasChangedUser = true;
                stored = await ChangeUserAsync(user).ConfigureAwait(false);
            }
        }
        catch (ApiaxAuthException failure)
        {
            return FlightResult.Failed(failure);
        }
        catch (OperationCanceledException) when (limit.IsOver)
        {
            return FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, $"No token within {options.TokenTimeout.WholeSeconds()} s: another replica or the credentials provider took too long."));
        }
    }

    /// <param name="last">The last state of this process.</param>
    public async Task EndAsync(TokenState last)
    {
        if (_stored is not null)
            await _stored.DisposeAsync().ConfigureAwait(false);

        superseded.Add(last.Tokens);
    }

    private StoredAccount Of(string user) => new(store, settings(), user, time);

    private async Task<StoredAccount> ChangeUserAsync(string user)
    {
        var (before, stored) = (_stored, _stored = Of(user));
        if (before is not null)
            await before.DisposeAsync().ConfigureAwait(false);

        return stored;
    }

    /// <summary>Without the store, a valid token stays in use. A process without one signs in for itself only, and does not change shared data.</summary>
    private async Task<FlightResult> FlyAloneAsync(StoredAccount stored, TokenState state, ApiaxAuthOptions options, long start, CancellationToken cancellationToken)
    {
        // A refresh token in the state belongs to this process only. And a token that would expire before the next call to the store
        // counts as none: callers would find no valid token then.
        var now = time.GetUtcNow();
        if (state.Tokens is { RefreshToken: null } tokens && !state.NeedsTokenAt(now + MinRemaining + Spread(tokens.AccessToken, stored)))
            return FlightResult.Postponed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "The token store is unavailable; the current token is used while it is valid."));

        if (stored.HasTimedOut && state.Tokens is null)
            await Task.Delay((MaxColdDelay * stored.Jitter).AtMost(Remaining(options, start) / 4), time, cancellationToken).ConfigureAwait(false);

        var mark = 0;
        var plan = new FlightPlan(state.Tokens, state.CoolDown)
        {
            Other = stored.Shared.Tokens,
            Timeout = Remaining(options, start),
            BeforeLogin = CheckAsync,
            LoginCheckLimit = GuardedTokenStore.Limit,
            WasRejected = () => stored.Shared.RejectionOf(mark) is not null,
            IsPasswordDueAt = state.IsPasswordDueAt,
        };
        var result = await acquisition.FlyAsync(plan, cancellationToken).ConfigureAwait(false);
        if (result.Tokens is not null)
            stored.Forget();

        return result;

        async Task<FlightResult?> CheckAsync(ApiaxCredentials pair, CancellationToken ending)
        {
            if (!stored.IsOf(pair))
                stored = await ChangeUserAsync(pair.Username).ConfigureAwait(false);
            if ((await LookAsync(state, ending).ConfigureAwait(false) ?? stored.KnownRejection(pair, state.CoolDown)) is { } known)
                return known;

            mark = stored.Shared.MarkOf(pair);
            await stored.KeepSpacingAsync(ending).ConfigureAwait(false);
            return null;
        }
    }

    // A process that was suspended has no time left, but its limits have not ended: it has the time for a login, and for the look at the store before it.
    private TimeSpan Remaining(ApiaxAuthOptions options, long start) =>
        (options.TokenTimeout - time.GetElapsedTime(start)).AtLeast(UserLogin.MinTime(options) + GuardedTokenStore.Limit);

    // Without their store, replicas with the same token must not all sign in when it expires. A tenth of the lifetime at most, since the refresh is due at half of it.
    private static TimeSpan Spread(ApiaxAccessToken token, StoredAccount stored) => (token.ExpiresOn - token.RefreshOn) / 5 * stored.Jitter;
}
