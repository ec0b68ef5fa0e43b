namespace Apiax.Http.Handlers;

/// <summary>The flight of the replica whose turn it is: refresh or login, and the outcome for all replicas.</summary>
/// <param name="acquisition">Gets tokens from the server.</param>
/// <param name="stored">What the replicas share, as it was when the turn began.</param>
/// <param name="superseded">Ends the sessions that only this process uses and no longer refreshes.</param>
/// <param name="state">What this process knows.</param>
/// <param name="note">Why the previous owner backs off, if it does.</param>
/// <param name="time">The clock.</param>
internal sealed class TurnFlight(TokenAcquisition acquisition, StoredAccount stored, SupersededSessions superseded, TokenState state, TurnNote? note, TimeProvider time)
{
    // A process that shuts down first waits for its token request: a rotated refresh token would otherwise be lost.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxKept = TimeSpan.FromSeconds(30);

    private DateTimeOffset _begunOn;
    private int _mark;

    // The shared tokens that the flight refreshes, if it may.
    private TokenSet? _shared;

    private bool _isOvertaken;

    // An earlier flight of this process left the same refresh token in doubt: its own connection to the server may be the broken one.
    private bool _isInDoubt;

    /// <summary>The user of the current credentials, if it is no longer the account's user; no password was sent then.</summary>
    public string? OtherUser { get; private set; }

    /// <returns>The flight's result; null if the account's user has changed or another replica was faster: the store is then read again.</returns>
    public async Task<FlightResult?> FlyAsync(TimeSpan timeout, CancellationToken disposed)
    {
        using var end = new CancellationTokenSource();
        using var overtaken = new CancellationTokenSource();
        using var grace = time.CreateTimer(_ => end.CancelAll(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        using var ending = disposed.Register(() => grace.Change(Grace, Timeout.InfiniteTimeSpan));

        _begunOn = time.GetUtcNow();
        _shared = stored.MayRefresh && stored.Shared.Tokens!.CanRefreshAt(_begunOn) ? stored.Shared.Tokens : null;
        var plan = new FlightPlan(_shared ?? state.Tokens, state.CoolDown)
        {
            Other = _shared is null ? stored.Shared.Tokens : state.Tokens,
            Timeout = timeout,
            BeforeLogin = CheckAsync,
            LoginCheckLimit = GuardedTokenStore.Limit,
            WasRejected = () => stored.Shared.RejectionOf(_mark) is not null,
            BeforeSecondTry = () => stored.SaveInTurnAsync(KeptShared.With(_mark)),
            IsPasswordDueAt = state.IsPasswordDueAt,

            // A refresh of tokens that only this process has is not stopped: the session must be ended.
            RefreshStop = _shared is null ? CancellationToken.None : overtaken.Token,
        };
        _isInDoubt = _shared is not null && stored.IsInDoubt;

        // A suspended process has lost its turn, and perhaps an answer. If another replica has signed in meanwhile, this process needs neither its refresh token nor a password.
        stored.RenewTurn(timeout + Grace, onNewTokens: () =>
        {
            _isOvertaken = true;
            overtaken.CancelAll();
        });
        FlightResult result;
        try
        {
            result = await acquisition.FlyAsync(plan, end.Token).ConfigureAwait(false);
        }
        catch
        {
            // Cancelled: the refresh token may have been used, so no other replica may use it.
            stored.Remember(_shared?.RefreshToken, RefreshTokenUse.Uncertain, isGranted: false);
            await stored.EndAsync(stored.MayRelease).ConfigureAwait(false);
            throw;
        }

        var use = UseOf(result);
        stored.Remember(_shared?.RefreshToken, use, isGranted: result.Tokens is not null);

        // A refresh token that only this process has was not used, and is no longer needed if there are new tokens.
        if (_shared is not null)
            result = result with { RefreshTokenUse = RefreshTokenUse.Unused, Superseded = result.Tokens is null ? null : state.Tokens };

        result = await EndAsync(result, use is RefreshTokenUse.Uncertain && !_isInDoubt && !disposed.IsCancellationRequested).ConfigureAwait(false);
        return BeginsAgain(result) ? null : result;
    }

    /// <summary>Whether the result is not for the callers: it is of another account, or another replica has a newer one.</summary>
    private bool BeginsAgain(FlightResult result) => OtherUser is not null || (_isOvertaken && result is { Tokens: null, Credentials: null });

    /// <summary>What a new entry without new tokens contains. Another replica's claim on the refresh token continues.</summary>
    private SharedAccount KeptShared => stored.IsRefreshable ? stored.Shared : stored.Shared.WithoutRefreshToken();

    private RefreshTokenUse UseOf(FlightResult result)
    {
        if (_shared is null)
            return RefreshTokenUse.Unused;
        if (result.Tokens is not { } tokens)
            return result.RefreshTokenUse;

        return tokens.RefreshToken == _shared.RefreshToken ? RefreshTokenUse.Unused : RefreshTokenUse.Used;
    }

    private async Task<FlightResult?> CheckAsync(ApiaxCredentials pair, CancellationToken cancellationToken)
    {
        if (await stored.IsOvertakenAsync(cancellationToken).ConfigureAwait(false))
            _isOvertaken = true;
        if (_isOvertaken)
            return FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "Another replica was faster.")) with { IsRepeated = true };

        if (!stored.IsOf(pair))
        {
            OtherUser = pair.Username;
            return FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "The credentials provider now returns another user."));
        }

        _mark = stored.Shared.MarkOf(pair);

        // No password is sent soon after another replica's request without an answer, except after this process's own back-off.
        if (stored.KnownRejection(pair, state.CoolDown) is { } rejection)
            return rejection;
        if (note is { MayBeLocal: false } && note.Owner != stored.Owner)
            return FlightResult.Failed(note.Failure);

        await stored.KeepSpacingAsync(cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>Records what the refresh brought and, whatever that was, what the login did.</summary>
    private async Task<FlightResult> EndAsync(FlightResult result, bool isUncertain)
    {
        var shared = KeptShared;
        var isRejected = result is { SharedCoolDown: null, Credentials: not null, Cause.Reason: ApiaxAuthFailure.CredentialsRejected, PasswordPause: not null };
        if (isRejected)
        {
            // Others may know of more rejections than this process, or of fewer if the store has lost its data.
            var pause = result.PasswordPause!.Value;
            var before = shared.RejectionOf(_mark)?.Times ?? 0;
            var coolDown = result.IsSecondTryDue ? pause : CoolDown.LengthAfter(before, Random.Shared.NextDouble()).AtLeast(pause);
            shared = shared.With(new SharedRejection(_mark, before + 1, new Pause(time.GetUtcNow(), coolDown)), result.Cause!);
            result = result.With(coolDown);
        }

        var (reason, length) = NoteOf(result);
        if (result.Tokens is { } tokens)
            return await SaveAsync(result, result.IsLogin ? shared.LoggedIn(tokens) : shared.Refreshed(tokens, time.GetUtcNow()), reason, length).ConfigureAwait(false);

        if (isRejected)
        {
            // Another replica may have taken over the turn, and signed in.
            return await stored.SaveAsync(shared, stored.MayRelease && stored.MayRefresh).ConfigureAwait(false) == false && stored.Offer(state) is { } others
                ? FlightResult.Adopted(others).AfterLogin(result)
                : result;
        }

        if (isUncertain && reason?.Owner == stored.Owner)
            await stored.KeepAsync(reason, length.AtMost(MaxKept)).ConfigureAwait(false);
        else if (_shared is not null && !stored.IsRefreshable)
            await stored.SaveAsync(shared, releasesClaim: false, reason, length).ConfigureAwait(false);
        else
            await stored.EndAsync(stored.MayRelease, reason, length).ConfigureAwait(false);

        return result;
    }

    private async Task<FlightResult> SaveAsync(FlightResult result, SharedAccount next, TurnNote? reason, TimeSpan length)
    {
        var tokens = next.Tokens!;
        var isWritten = await stored.SaveAsync(next, releasesClaim: tokens.RefreshToken is not null, reason, length).ConfigureAwait(false);
        if (isWritten == true)
            return result.With(stored.Shared.Tokens!.WithoutRefreshToken());

        // Uncertain: no process uses this refresh token or signs out with it.
        if (isWritten is null)
            return result.With(tokens.WithoutRefreshToken());

        if (stored.Offer(state) is not { } offered)
            return result.With(tokens);

        // After a failover of the store, another replica may have refreshed the same session.
        if (result.IsLogin || _shared is null)
            superseded.Add(tokens);

        return result.With(offered);
    }

    /// <summary>The note for replicas that wait for this turn or come after it.</summary>
    private (TurnNote? Note, TimeSpan Length) NoteOf(FlightResult result)
    {
        // A rejected password is part of the entry itself.
        if (result.Cause is not { Reason: not ApiaxAuthFailure.CredentialsRejected } failure || BeginsAgain(result))
            return default;

        // The note of another replica is valid until it ends, but a new entry removes it.
        var now = time.GetUtcNow();
        if (ReferenceEquals(failure, note?.Failure))
            return failure.RetryAfter - (now - _begunOn) is { } remaining && remaining > TimeSpan.Zero ? (note, remaining) : default;

        // No other replica sends a password either while this one must not.
        var after = state.FlightEnded(result, now);
        var password = after.CoolDown is { } coolDown && ReferenceEquals(coolDown.Failure, failure) ? coolDown.Pause.RemainingAt(now) : TimeSpan.Zero;
        if (result.Tokens is not null && password == TimeSpan.Zero)
            return default;

        var backOff = (after.Outage?.Pause.RemainingAt(now) ?? default).AtLeast(password).AtLeast(Outage.Shortest);
        return (new TurnNote(failure, stored.Owner, MayBeLocal: password == TimeSpan.Zero && MayBeLocal(result, failure)), backOff);
    }

    /// <summary>
    /// Neither token nor password reached the server: no connection, the page of a proxy, or no credentials to send. Or the refresh token got no answer for the second time, not even one that asks the client to wait.
    /// </summary>
    private bool MayBeLocal(FlightResult result, ApiaxAuthException failure) =>
        (_isInDoubt && failure.RetryAfter is null) || failure.Reason is ApiaxAuthFailure.InvalidAnswer || result.IsUnread;
}
