using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Apiax.Http.Handlers;

/// <summary>One account in the store, as this process knows it and writes it.</summary>
internal sealed class StoredAccount
{
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(250);

    private readonly GuardedTokenStore _store;
    private readonly string _username;
    private readonly TimeProvider _time;
    private readonly string _name;
    private readonly string _owner = Guid.NewGuid().ToString("N");
    private readonly UnsavedAccount _unsaved;
    private long _version;

    /// <param name="store">The store.</param>
    /// <param name="settings">The account's settings.</param>
    /// <param name="username">Its user.</param>
    /// <param name="time">The clock.</param>
    /// <param name="ending">Cancelled when nothing is to be written any more.</param>
    public StoredAccount(GuardedTokenStore store, ApiaxAuthOptions settings, string username, TimeProvider time, CancellationToken ending)
    {
        _store = store;
        _username = username;
        _time = time;
        _name = NameOf(settings.TokenEndpoint.AbsoluteUri, settings.ClientId, username, settings.Scope);
        _unsaved = new UnsavedAccount(CommitLateAsync, time, ending);
    }

    /// <summary>The entry as it was last seen.</summary>
    public SharedAccount Shared { get; private set; } = SharedAccount.Unknown();

    /// <summary>What an account is called in the store: the same in all replicas, and a name in clear in none.</summary>
    public static string NameOf(string tokenEndpoint, string clientId, string username, string? scope)
    {
        var parts = new[] { tokenEndpoint, clientId, username, string.IsNullOrWhiteSpace(scope) ? "" : scope };
        var text = string.Concat(parts.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Length}:{part}")));
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text))).ToLowerInvariant();
    }

    /// <summary>Whether it is this user's. A credentials provider may come to answer with another.</summary>
    public bool IsOf(ApiaxCredentials credentials) => credentials.Username == _username;

    /// <summary>The tokens in hand are not those of the store: the next turn begins with a look at what is there.</summary>
    public void Forget() => _version = 0;

    /// <returns>Whose turn it is; nothing when there is no coordination.</returns>
    public async Task<TokenStoreTurnOwner?> BeginAsync(TimeSpan silence, CancellationToken cancellationToken)
    {
        // First what this process owes: until it is written, the store's refresh token is one that has been used.
        if (!await _unsaved.TrySaveAsync().ConfigureAwait(false))
            return null;

        var now = _time.GetUtcNow();
        var turn = await _store.AskAsync((tokens, ending) => tokens.BeginAsync(_name, _version, _owner, silence, ending), cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (turn.Value is { Owner: not TokenStoreTurnOwner.Another } begun)
            Take(begun.Entry, now);

        return turn.Value?.Owner;
    }

    /// <returns>Whether the turn is still this process's.</returns>
    public async Task<bool> RenewAsync() =>
        await _store.AskAsync((tokens, ending) => tokens.RenewAsync(_name, _owner, ending), CancellationToken.None).ConfigureAwait(false) is { IsHad: true, Value: true };

    public Task EndAsync() => _store.TellAsync((tokens, ending) => tokens.EndAsync(_name, _owner, ending), CancellationToken.None);

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) =>
        _store.WaitAsync((tokens, ending) => tokens.WaitAsync(_name, _version, atMost, ending), cancellationToken);

    /// <summary>The shared tokens, if they are a help to who has these.</summary>
    public TokenSet? Offer(TokenState state, DateTimeOffset now) =>
        HasValidTokenAt(now) && Shared.Tokens!.AccessToken.Value != state.Tokens?.AccessToken.Value ? WithoutRefreshToken(Shared.Tokens) : null;

    public bool IsCoolingDown(DateTimeOffset now) => Shared.Failure is not null && Shared.Pause.Covers(now);

    /// <summary>The verdict on these credentials that another replica has already had, or this one.</summary>
    public FlightResult? Refusal(ApiaxCredentials pair, CoolDown? own)
    {
        var now = _time.GetUtcNow();
        var fingerprint = CredentialsFingerprint.Of(pair.Username, pair.Password);
        if (own?.Forbids(fingerprint, now) == true)
            return FlightResult.Failed(own.Failure);

        return IsCoolingDown(now) && Shared.Forbids(Shared.MarkOf(pair), now)
            ? FlightResult.Failed(Shared.Failure!, fingerprint).With(Shared.Pause.RemainingAt(now))
            : null;
    }

    public async Task<bool> IsUnchangedAsync(CancellationToken cancellationToken)
    {
        var entry = await ReadAsync(cancellationToken).ConfigureAwait(false);
        return entry.IsHad && (entry.Value?.Version ?? 0) == _version;
    }

    /// <summary>After a refused refresh: the tokens of another who had the turn meanwhile; nothing when it is still this one's.</summary>
    public async Task<TokenSet?> LookAgainAsync(TokenState state, CancellationToken cancellationToken)
    {
        var start = _time.GetUtcNow();
        for (var now = start; now - start < LongestLook; now = _time.GetUtcNow())
        {
            var entry = await ReadAsync(cancellationToken).ConfigureAwait(false);
            if (!entry.IsHad)
                return null;
            if (entry.Value is { } other && other.Version != _version)
            {
                Take(other, now);
                return Offer(state, now);
            }

            if (await RenewAsync().ConfigureAwait(false))
                return null;

            await WaitAsync(BetweenLooks, cancellationToken).ConfigureAwait(false);
        }

        return null;
    }

    /// <summary>New tokens for all, now or as soon as the store is back.</summary>
    /// <returns>What this process goes on with: these, or newer ones of another replica.</returns>
    public async Task<TokenSet> SaveTokensAsync(SharedAccount next)
    {
        await SaveAsync(new AccountSave(next, _version, HasNewTokens: true)).ConfigureAwait(false);
        return WithoutRefreshToken(_unsaved.IsEmpty && HasValidTokenAt(_time.GetUtcNow()) ? Shared.Tokens! : next.Tokens!);
    }

    /// <summary>What this process has found out, for all, now or as soon as the store is back: nobody else shall have to send a password for it.</summary>
    public Task SaveAsync(SharedAccount next) => SaveAsync(new AccountSave(next, _version, HasNewTokens: false));

    private async Task SaveAsync(AccountSave save)
    {
        if (!await CommitAsync(save).ConfigureAwait(false))
            _unsaved.Keep(save);
    }

    private async Task<bool> CommitLateAsync(AccountSave save)
    {
        if (!await CommitAsync(save).ConfigureAwait(false))
            return false;

        // By now this process may go on with other tokens.
        Forget();
        return true;
    }

    /// <returns>Whether the store answered: then <see cref="Shared"/> is what stands there, this entry or a newer one.</returns>
    private async Task<bool> CommitAsync(AccountSave save)
    {
        var (next, expected, hasNewTokens) = save;
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var now = _time.GetUtcNow();
            var content = next.Write(now);
            var answer = await _store.AskAsync(
                (tokens, ending) => tokens.CommitAsync(_name, _owner, expected, content, next.KeepFor(now), ending), CancellationToken.None).ConfigureAwait(false);
            if (!answer.IsHad)
                return false;

            Take(answer.Value, now);
            expected = _version;

            // New tokens go on top of a newer entry that has none, or none to refresh with: they are worth more than its verdict. A store that lost its data gets them, too.
            var isOutdone = HasValidTokenAt(now) && (Shared.Tokens!.RefreshToken is not null || next.Tokens?.RefreshToken is null);
            if (!hasNewTokens || isOutdone || answer.Value?.Content.Span.SequenceEqual(content) == true)
                return true;
        }

        return true;
    }

    private Task<StoreAnswer<TokenStoreEntry?>> ReadAsync(CancellationToken cancellationToken) =>
        _store.AskAsync((tokens, ending) => tokens.ReadAsync(_name, ending), cancellationToken);

    private void Take(TokenStoreEntry? entry, DateTimeOffset now)
    {
        _version = entry?.Version ?? 0;
        Shared = SharedAccount.Read(entry, now, Random.Shared.NextDouble());
    }

    private bool HasValidTokenAt(DateTimeOffset now) => now < Shared.Tokens?.AccessToken.ExpiresOn;

    private static TokenSet WithoutRefreshToken(TokenSet tokens) => tokens with { RefreshToken = null };
}
