namespace Apiax.Http.Handlers;

/// <summary>Waits for a turn of this flight, or for the result of another replica's turn.</summary>
/// <param name="acquisition">Reads the credentials.</param>
/// <param name="stored">What the replicas share.</param>
/// <param name="current">Returns what this process knows: its token may be rejected while it waits.</param>
/// <param name="options">The settings in force.</param>
/// <param name="start">When the flight began, as a timestamp.</param>
/// <param name="time">The clock.</param>
internal sealed class TurnQueue(TokenAcquisition acquisition, StoredAccount stored, Func<TokenState> current, ApiaxAuthOptions options, long start, TimeProvider time)
{
    private const int MaxSuperseded = 20;

    // A turn is taken over with a login, which needs no refresh token: at worst, there are two sessions. A process without a token waits only this long
    // for an owner that died or hangs; a process with a token waits longer.
    private static readonly TimeSpan ShortSilence = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MinSilence = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongSilence = TimeSpan.FromSeconds(60);

    // A flight that began with a valid token ends this long before the token does: callers who then need one start a flight that has all its time.
    private static readonly TimeSpan BeforeExpiry = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan[] Waits = [TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(400), TimeSpan.FromMilliseconds(800)];

    // The replica that gets the turn must have time for a token request.
    private readonly TimeSpan _maxWait = options.TokenTimeout - options.AttemptTimeout.AtMost(options.TokenTimeout / 2);
    private int _waits;

    /// <summary>An owner whose turn is taken over soon, since it did not reach the server last time.</summary>
    public string? Overtakes { get; init; }

    /// <summary>The owner that did not reach the server this time.</summary>
    public string? OwnerWithoutConnection { get; private set; }

    /// <summary>How long an owner may be silent.</summary>
    public TimeSpan Silence => NeedsToken ? (_maxWait / 2).AtMost(ShortSilence).AtLeast(MinSilence) : LongSilence;

    private bool NeedsToken => current().NeedsTokenAt(time.GetUtcNow());

    /// <summary>How much longer this flight waits.</summary>
    private TimeSpan RemainingWait
    {
        get
        {
            var (state, now, remaining) = (current(), time.GetUtcNow(), _maxWait - time.GetElapsedTime(start));
            return state.NeedsTokenAt(now) ? remaining : remaining.AtMost(state.Tokens!.AccessToken.ExpiresOn - now - BeforeExpiry);
        }
    }

    /// <returns>This process's turn, or the flight's result; neither if the store is unavailable.</returns>
    public async Task<(TokenStoreEntry? Begun, FlightResult? Settled)> BeginAsync(CancellationToken cancellationToken)
    {
        // A known cool-down is checked without a turn: replicas whose password is rejected need not queue.
        if (stored.Shared.IsCoolingDown(time.GetUtcNow()) && await stored.IsUnchangedAsync(cancellationToken).ConfigureAwait(false) &&
            await KnownRejectionAsync(cancellationToken).ConfigureAwait(false) is { } rejected)
        {
            return (null, rejected);
        }

        for (var (superseded, last, overtakes, next) = (0, -1L, (string?)null, Overtakes); ;)
        {
            var entry = await stored.BeginAsync(Silence, overtakes, cancellationToken).ConfigureAwait(false);
            if (entry is null)
                return (null, null);

            // One more begin, with the returned version, should suffice. A pause would only let other replicas be faster again: there is one only if the store
            // returns the same version again, or always another one.
            if (entry.Turn is TokenStoreTurn.Superseded && (entry.Version == last || ++superseded > MaxSuperseded))
                await Task.Delay(NextWait(), time, cancellationToken).ConfigureAwait(false);

            last = entry.Version;
            if (entry.Turn is TokenStoreTurn.Another && RemainingWait < TimeSpan.Zero && NoteOf(entry) is null)
                return (null, FailOrPostpone(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, $"Another replica has been requesting a token for more than {time.GetElapsedTime(start).WholeSeconds()} s.")));
            if (entry.Turn is TokenStoreTurn.Another && next is not null)
            {
                // Its login may reach the server this time, and the next one must not overlap with it.
                await stored.WaitAsync(UserLogin.Spacing, cancellationToken).ConfigureAwait(false);
                (overtakes, next) = (next, null);
                continue;
            }

            if (entry.Turn is TokenStoreTurn.Another)
                entry = await WaitAsync(entry, cancellationToken).ConfigureAwait(false);
            if (entry is null or { Turn: TokenStoreTurn.Caller or TokenStoreTurn.CallerInsteadOfAnother })
                return (entry, null);
            if (await SettleAsync(entry, cancellationToken).ConfigureAwait(false) is { } settled)
                return (null, settled);

            // There is a new entry, or another owner: this time, the owner may have reached the server.
            (overtakes, next) = (null, null);
        }
    }

    /// <summary>Waits for another replica's turn: for its result, for its end, or until its owner counts as silent.</summary>
    private async Task<TokenStoreEntry?> WaitAsync(TokenStoreEntry entry, CancellationToken cancellationToken)
    {
        var waitStart = time.GetTimestamp();
        while (NoteOf(entry) is null)
        {
            var roundStart = time.GetTimestamp();
            await stored.WaitAsync(NextWait().AtMost((Silence - time.GetElapsedTime(waitStart)).AtMost(RemainingWait).AtLeast(Waits[0])), cancellationToken).ConfigureAwait(false);
            if (await stored.ReadAsync(cancellationToken).ConfigureAwait(false) is not { } next)
                return null;

            entry = next;
            if (stored.IsChanged(entry) || entry.Turn is not TokenStoreTurn.Another || time.GetElapsedTime(waitStart) >= Silence || RemainingWait < TimeSpan.Zero)
                break;

            // A store may end a wait too early.
            if (time.GetElapsedTime(roundStart) < Waits[0])
                await Task.Delay(Waits[0], time, cancellationToken).ConfigureAwait(false);
        }

        return entry;
    }

    /// <summary>The result of another replica's entry or turn for this flight; null if the flight must begin again.</summary>
    private async Task<FlightResult?> SettleAsync(TokenStoreEntry entry, CancellationToken cancellationToken)
    {
        if (stored.IsChanged(entry) || entry.Turn is TokenStoreTurn.Superseded)
            return stored.Offer(entry, current()) is { } tokens ? FlightResult.Adopted(tokens) : await KnownRejectionAsync(cancellationToken).ConfigureAwait(false);

        // A replica that waited for a turn fails with its failure, like callers in one process.
        if (NoteOf(entry) is { } note)
        {
            OwnerWithoutConnection = note.MayBeLocal ? note.Owner : null;

            // How long the owner backs off counts only if the cause is not its own.
            return FailOrPostpone(note.MayBeLocal ? note.Failure.Again(TimeSpan.Zero) : note.Failure);
        }

        return null;
    }

    private TimeSpan NextWait() => Waits[Math.Min(_waits++, Waits.Length - 1)] * (1 + (Random.Shared.NextDouble() / 4));

    private TurnNote? NoteOf(TokenStoreEntry entry) => TurnNote.Read(entry) is { } note && note.Owner != stored.Owner ? note : null;

    private FlightResult FailOrPostpone(ApiaxAuthException failure) =>
        NeedsToken ? FlightResult.Failed(failure) : FlightResult.Postponed(failure);

    /// <summary>The rejection that applies to this replica's password, whichever replica sent the same one; null if there is none.</summary>
    private async Task<FlightResult?> KnownRejectionAsync(CancellationToken cancellationToken)
    {
        // A replica with the claim still refreshes.
        var (state, now) = (current(), time.GetUtcNow());
        if (!state.NeedsTokenAt(now) || !stored.Shared.IsCoolingDown(now) || stored.IsRefreshable || state.Tokens?.CanRefreshAt(now) == true)
            return null;

        var pair = await acquisition.ReadCredentialsAsync(lastRejected: true, cancellationToken).ConfigureAwait(false);
        return stored.KnownRejection(pair, state.CoolDown);
    }
}
