using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Apiax.Http.Handlers;

/// <summary>One account in the store, as this process knows and writes it.</summary>
internal sealed class StoredAccount : IAsyncDisposable
{
    private static readonly TimeSpan BetweenRenewals = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan MinOfferLife = TimeSpan.FromSeconds(2);

    private readonly GuardedTokenStore _store;
    private readonly string _username;
    private readonly TimeProvider _time;
    private readonly string _name;
    private readonly PendingCommit _pending;
    private readonly CancellationTokenSource _disposed = new();
    private AccountTurn _turn = new(Number: 0, Expected: 0, Version: 0, BegunOn: default, Begun: 0);
    private DateTimeOffset _requestedOn;
    private bool _hasClaim;
    private ITimer? _renewal;
    private ITimer? _end;

    // Known and seen differ if an entry cannot be read, or is older than an earlier one.
    private long _known;
    private long _seen;

    // The refresh tokens that this process used, certainly or possibly, regardless of later entries.
    private CredentialsFingerprint? _uncertain;
    private CredentialsFingerprint? _used;

    // The versions of the entries that this process has saved in its turn, certainly or possibly.
    private readonly HashSet<long> _savedInTurn = [];

    /// <param name="store">The store.</param>
    /// <param name="settings">The account's settings.</param>
    /// <param name="username">Its user.</param>
    /// <param name="time">The clock.</param>
    public StoredAccount(GuardedTokenStore store, ApiaxAuthOptions settings, string username, TimeProvider time)
    {
        _store = store;
        _username = username;
        _time = time;
        _name = NameOf(settings.TokenEndpoint.AbsoluteUri, settings.ClientId, username, settings.Scope);
        _pending = new PendingCommit(CommitLateAsync, time, _disposed.Token);
    }

    /// <summary>The name of this process in the store.</summary>
    public string Owner { get; } = Guid.NewGuid().ToString("N");

    /// <summary>0 to 1, different for each replica.</summary>
    public double Jitter => Convert.ToUInt32(Owner[..8], 16) / (double)uint.MaxValue;

    /// <summary>The last entry that was seen.</summary>
    public SharedAccount Shared { get; private set; } = SharedAccount.Unknown();

    /// <summary>Whether the last begin or read timed out: other replicas may still have reached the store.</summary>
    public bool HasTimedOut { get; private set; }

    /// <summary>Whether the shared refresh token may still be of use, to this replica or to another: it is from the newest entry seen, and this process has not used it.</summary>
    public bool IsRefreshable => Shared.Version == _seen && Shared.Tokens?.RefreshToken is { } token && FingerprintOf(token) != _used;

    /// <summary>Whether this process may use the shared refresh token in its turn.</summary>
    public bool MayRefresh => _hasClaim && IsRefreshable;

    /// <summary>Whether the claim on the refresh token may be released: this process has certainly not used it. One in an entry that it cannot read may be any that it has used.</summary>
    public bool MayRelease => Shared.Version == 0 ? _used is null && _uncertain is null : IsRefreshable && !IsInDoubt;

    /// <summary>Whether this process has possibly used the shared refresh token.</summary>
    public bool IsInDoubt => Shared.Tokens?.RefreshToken is { } token && FingerprintOf(token) == _uncertain;

    /// <summary>The key of an account in the store: the same in all replicas and for each case of the user name, never in plain text.</summary>
    public static string NameOf(string tokenEndpoint, string clientId, string username, string? scope)
    {
        var parts = new[] { tokenEndpoint, clientId, username.ToUpperInvariant(), string.IsNullOrWhiteSpace(scope) ? "" : scope };
        var text = string.Concat(parts.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Length}:{part}")));
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text))).ToLowerInvariant();
    }

    /// <summary>Whether the account is this user's. A credentials provider may later return another user.</summary>
    public bool IsOf(ApiaxCredentials credentials) => credentials.Username.Equals(_username, StringComparison.OrdinalIgnoreCase);

    /// <summary>Called when this process has other tokens than the store, or no turn any more: the next turn begins by reading the entry.</summary>
    public void Forget() => _known = 0;

    /// <returns>The entry, with whose turn it is; null if the store is unavailable.</returns>
    public async Task<TokenStoreEntry?> BeginAsync(TimeSpan silence, string? overtakes, CancellationToken cancellationToken)
    {
        // First the pending commit: until it is written, the store's refresh token may already have been used.
        if (!await _pending.TrySendAsync().WaitAsync(cancellationToken).ConfigureAwait(false))
            return null;

        StopRenewing();
        _savedInTurn.Clear();
        _requestedOn = _time.GetUtcNow();
        _turn = new AccountTurn(_turn.Number + 1, _known, Version: 0, BegunOn: default, _time.GetTimestamp());
        var begin = new TokenStoreBegin { KnownVersion = _known, Owner = Owner, Number = _turn.Number, Silence = silence, Overtakes = overtakes };
        var answer = await _store.CallAsync(_name, BeginAsync, isUrgent: false, cancellationToken).ConfigureAwait(false);
        HasTimedOut = answer.HasTimedOut;

        // The begin may have taken effect: other replicas must not wait for a turn that no one uses.
        if (answer.WasSent && (answer.Entry is null || cancellationToken.IsCancellationRequested))
            _pending.Keep(new AccountCommit(Account: null, _turn, MayRelease));

        cancellationToken.ThrowIfCancellationRequested();
        if (answer.Entry is { Turn: not TokenStoreTurn.Another } entry)
        {
            Take(entry);

            // At random: while the store's clock is behind, a replica that takes over this turn has seen the same version.
            _turn = _turn with { Expected = entry.Version, Version = Math.Max(Microseconds(entry.Time), _seen + Random.Shared.Next(1, 1_000_000)), BegunOn = entry.Time };
        }

        return answer.Entry;

        async ValueTask<TokenStoreEntry> BeginAsync(ITokenStore tokens, CancellationToken ending)
        {
            var begun = await tokens.BeginAsync(_name, begin, ending).ConfigureAwait(false);
            return begun is { Turn: < TokenStoreTurn.Caller or > TokenStoreTurn.Superseded }
                ? throw new InvalidOperationException($"{nameof(ITokenStore)}.{nameof(ITokenStore.BeginAsync)} returned the turn {begun.Turn}")
                : begun;
        }
    }

    public async Task<TokenStoreEntry?> ReadAsync(CancellationToken cancellationToken)
    {
        _requestedOn = _time.GetUtcNow();
        var answer = await _store.CallAsync(_name, (tokens, ending) => tokens.ReadAsync(_name, ending), isUrgent: false, cancellationToken).ConfigureAwait(false);
        if (answer.WasSent)
            HasTimedOut = answer.HasTimedOut;

        cancellationToken.ThrowIfCancellationRequested();
        return answer.Entry;
    }

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _store.WaitAsync(_name, _known, atMost, cancellationToken);

    /// <summary>Renews the turn every half second from now on.</summary>
    /// <param name="atMost">How long the flight or its back-off may take: an abandoned flight, whose handler blocks, must not keep its turn without end.</param>
    /// <param name="onNewTokens">Called when a renewal returns another replica's tokens.</param>
    public void RenewTurn(TimeSpan atMost, Action onNewTokens)
    {
        var renewal = new AccountCommit(Account: null, _turn, ReleasesClaim: false);
        var start = _time.GetTimestamp();
        ITimer? timer = null;
        _renewal = timer = _time.CreateTimer(
            _ =>
            {
                // The last renewal tells a process that was suspended of the tokens that another replica has.
                if (_time.GetElapsedTime(start) > atMost)
                    timer?.Dispose();

                _ = RenewAsync();
            },
            state: null,
            BetweenRenewals,
            BetweenRenewals);

        async Task RenewAsync()
        {
            if (await SendAsync(renewal, keepsTurn: true).ConfigureAwait(false) is { } entry && IsChanged(entry) && HasOtherTokens(entry))
                onNewTokens();
        }
    }

    /// <summary>Whether an entry differs from the one that this process knows.</summary>
    public bool IsChanged(TokenStoreEntry entry) => entry.Version != 0 && entry.Version != _known;

    /// <summary>Records whether this process used a shared refresh token, if there was one that it could use.</summary>
    /// <param name="refreshToken">The refresh token.</param>
    /// <param name="use">Whether it was used.</param>
    /// <param name="isGranted">Whether the server has issued tokens. If the refresh token is unused then, it was issued again: an earlier doubt is over.</param>
    public void Remember(string? refreshToken, RefreshTokenUse use, bool isGranted)
    {
        if (refreshToken is null)
            return;

        var token = FingerprintOf(refreshToken);
        if (use is RefreshTokenUse.Used)
            _used = token;
        else if (use is RefreshTokenUse.Uncertain)
            _uncertain = token;
        else if (isGranted)
            _uncertain = null;
    }

    /// <summary>Saves new tokens or a rejection for all replicas, now or as soon as the store is available again.</summary>
    /// <returns>Whether they were written; <see cref="Shared"/> is then the store's entry. Null if other replicas may have them, but this process does not know.</returns>
    public async Task<bool?> SaveAsync(SharedAccount next, bool releasesClaim, TurnNote? note = null, TimeSpan length = default)
    {
        StopRenewing();
        var (entry, save) = await SendAgainAsync(new AccountCommit(next, _turn, releasesClaim), note, length).ConfigureAwait(false);
        if (entry is not null)
        {
            if (entry.Version != save.Turn.Version)
            {
                // The other replica's entry is read, but its tokens may not be in use here.
                Forget();
                return false;
            }

            // An entry of this version that cannot be read was written: other replicas can perhaps read it.
            return Shared.Version == 0 ? null : Shared.Tokens?.AccessToken.Value == next.Tokens?.AccessToken.Value;
        }

        // If there was no entry before, this one may have been written, its refresh token used by another replica, and all lost with the store's data: it is not written again.
        _pending.Keep(save.Turn.Expected == 0 && next.Tokens?.RefreshToken is not null ? save with { Account = null, ReleasesClaim = false } : save);
        return null;
    }

    /// <summary>Saves what other replicas must know even if this process ends in its turn, which continues.</summary>
    public async Task SaveInTurnAsync(SharedAccount next)
    {
        var (hasClaim, save) = (_hasClaim, new AccountCommit(next, _turn, ReleasesClaim: false));

        // If the answer is lost, the entry may be there; the next one then contains what this one does.
        (Shared, _turn) = (next, _turn with { Version = _turn.Version + 1 });
        _savedInTurn.Add(save.Turn.Version);
        (var entry, save) = await SendAgainAsync(save, keepsTurn: true).ConfigureAwait(false);
        if (entry?.Version == save.Turn.Version)
            (_hasClaim, _turn) = (hasClaim, _turn with { Expected = save.Turn.Version });
        else if (entry is not null)
            Forget();
    }

    /// <summary>Ends the turn without a new entry.</summary>
    public Task EndAsync(bool releasesClaim, TurnNote? note = null, TimeSpan length = default) =>
        EndAsync(new AccountCommit(Account: null, _turn, releasesClaim), note, length);

    /// <summary>Keeps the turn during a back-off, for another attempt with the same refresh token.</summary>
    public async Task KeepAsync(TurnNote note, TimeSpan length)
    {
        var end = new AccountCommit(Account: null, _turn, ReleasesClaim: false);
        StopRenewing();
        RenewTurn(length, onNewTokens: static () => { });
        _end = _time.CreateTimer(_ => _ = EndAsync(end), state: null, length + BetweenRenewals, Timeout.InfiniteTimeSpan);
        await SendAsync(end, keepsTurn: true, note, length).ConfigureAwait(false);
    }

    /// <summary>The tokens of an entry, if they are useful in this state.</summary>
    public TokenSet? Offer(TokenStoreEntry entry, TokenState state)
    {
        Take(entry);
        return Offer(state);
    }

    /// <summary>The shared tokens, if they are useful in this state.</summary>
    public TokenSet? Offer(TokenState state)
    {
        // A process that needs a token also uses one that is about to expire, and refreshes in the background.
        var now = _time.GetUtcNow();
        return Shared.Tokens is { AccessToken: var token } tokens && token.Value != state.Tokens?.AccessToken.Value && token.ExpiresOn - now > (state.NeedsTokenAt(now) ? MinOfferLife : MinLifeOf(token))
            ? tokens.WithoutRefreshToken()
            : null;
    }

    /// <summary>The rejection of these credentials that this or another replica has already received; null if there is none in force.</summary>
    public FlightResult? KnownRejection(ApiaxCredentials pair, CoolDown? own)
    {
        var now = _time.GetUtcNow();
        var fingerprint = CredentialsFingerprint.Of(pair.Username, pair.Password);
        if (own?.Forbids(fingerprint, now) == true)
            return FlightResult.Failed(own.Failure) with { IsRepeated = true };

        return Shared.IsCoolingDown(now) && Shared.RejectionOf(Shared.MarkOf(pair)) is { } rejection && rejection.Pause.Covers(now)
            ? FlightResult.Failed(Shared.Failure!, fingerprint).With(rejection.Pause.RemainingAt(now))
            : null;
    }

    /// <summary>Waits as between two logins of one process: two rejections within a second lock a user of Keycloak.</summary>
    public async Task KeepSpacingAsync(CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        if (Shared.RejectedOn is { } rejected && new Pause(rejected, UserLogin.Spacing) is var pause && pause.Covers(now))
            await Task.Delay(pause.RemainingAt(now), _time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether, since the turn began, another replica has written an entry.</summary>
    public async Task<bool> IsOvertakenAsync(CancellationToken cancellationToken) =>
        _time.GetElapsedTime(_turn.Begun) >= BetweenRenewals && await ReadAsync(cancellationToken).ConfigureAwait(false) is { Version: > 0 and var found } && found != _turn.Expected && !_savedInTurn.Contains(found);

    public async Task<bool> IsUnchangedAsync(CancellationToken cancellationToken) =>
        await ReadAsync(cancellationToken).ConfigureAwait(false) is { } entry && entry.Version == _known;

    /// <summary>Tries once more to write the pending commit.</summary>
    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync().ConfigureAwait(false);
        if (_end is not null)
            await EndAsync(releasesClaim: false).ConfigureAwait(false);

        await _pending.TrySendAsync().ConfigureAwait(false);
    }

    private void StopRenewing()
    {
        Interlocked.Exchange(ref _renewal, null)?.Dispose();
        Interlocked.Exchange(ref _end, null)?.Dispose();
    }

    private async Task EndAsync(AccountCommit end, TurnNote? note = null, TimeSpan length = default)
    {
        // This may be the late end of an earlier turn, which was kept: it must not stop the renewal of the current one.
        if (end.Turn == _turn)
            StopRenewing();

        if (await SendAsync(end, keepsTurn: false, note, length).ConfigureAwait(false) is null)
            _pending.Keep(end);
    }

    private async Task<bool> CommitLateAsync(AccountCommit pending)
    {
        if (await SendAgainAsync(pending).ConfigureAwait(false) is { Entry: null })
            return false;

        // This process may already use other tokens than those of the entry.
        if (pending.Account is not null)
            Forget();
        return true;
    }

    /// <summary>
    /// Commits; tokens also over the entry of another replica's rejected login, which still has the refresh token that this process has used for them: no other replica may use
    /// it. And over the entry that this turn itself has saved.
    /// </summary>
    private async Task<(TokenStoreEntry? Entry, AccountCommit Commit)> SendAgainAsync(AccountCommit commit, TurnNote? note = null, TimeSpan length = default, bool keepsTurn = false)
    {
        while (true)
        {
            var entry = await SendAsync(commit, keepsTurn, note, length).ConfigureAwait(false);
            if (commit.Account is null || entry is not { Version: > 0 and var found } || found == commit.Turn.Version || !MayOverwrite(found))
                return (entry, commit);

            commit = commit with { Turn = commit.Turn with { Expected = found, Version = Math.Max(commit.Turn.Version, found + 1) } };
        }

        bool MayOverwrite(long found) => _savedInTurn.Contains(found) || (commit.ReleasesClaim && Shared.Tokens?.RefreshToken is { } token && FingerprintOf(token) == _used);
    }

    private async Task<TokenStoreEntry?> SendAsync(AccountCommit commit, bool keepsTurn, TurnNote? note = null, TimeSpan length = default)
    {
        var now = _time.GetUtcNow();
        var (account, turn, releasesClaim) = commit;
        var message = new TokenStoreCommit
        {
            Owner = Owner,
            Number = turn.Number,
            ExpectedVersion = turn.Expected,
            Version = turn.Version,
            Content = account?.Write(turn.Version, turn.BegunOn, now) ?? [],
            Keep = account?.KeepFor(now) ?? default,
            ReleasesClaim = releasesClaim,
            KeepsTurn = keepsTurn,
            Note = note?.Write() ?? [],
            NoteLength = length,
        };
        var answer = await _store.CallAsync(_name, (tokens, ending) => tokens.CommitAsync(_name, message, ending), isUrgent: account is not null, CancellationToken.None).ConfigureAwait(false);
        if (account is not null && answer.Entry is { } entry)
        {
            _requestedOn = now;
            Take(entry);
        }

        return answer.Entry;
    }

    private void Take(TokenStoreEntry entry)
    {
        _known = entry.Version;
        _hasClaim = entry.HasClaim;
        Shared = SharedAccount.Read(entry, _requestedOn, Random.Shared.NextDouble());
        _seen = Math.Max(_seen, Shared.Version);
    }

    // The entry of another replica's rejected login has the same tokens.
    private bool HasOtherTokens(TokenStoreEntry entry) => SharedAccount.Read(entry, _requestedOn, jitter: 0).Tokens?.AccessToken.Value != Shared.Tokens?.AccessToken.Value;

    private static TimeSpan MinLifeOf(ApiaxAccessToken token) => ((token.ExpiresOn - token.RefreshOn) / 5).AtLeast(MinOfferLife);

    private static long Microseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static CredentialsFingerprint FingerprintOf(string refreshToken) => CredentialsFingerprint.Of("", refreshToken);
}
