using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Apiax.Http.Handlers;

/// <summary>One account in the store: what this process knows of it, and what it has not yet been able to write there.</summary>
internal sealed class StoredAccount(GuardedTokenStore store, string name, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan BetweenSaves = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(250);

    private readonly string _owner = Guid.NewGuid().ToString("N");
    private readonly SemaphoreSlim _saving = new(1);
    private readonly CancellationTokenSource _disposed = new();
    private (SharedAccount Account, long Expected)? _unsaved;
    private long _version;

    /// <summary>The entry as it was last seen.</summary>
    public SharedAccount Shared { get; private set; } = SharedAccount.Unknown();

    /// <summary>What an account is called in the store: the same in all replicas, and a name in clear in none.</summary>
    public static string NameOf(string tokenEndpoint, string clientId, string username, string? scope)
    {
        var parts = new[] { tokenEndpoint, clientId, username, string.IsNullOrWhiteSpace(scope) ? "" : scope };
        var text = string.Concat(parts.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Length}:{part}")));
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text))).ToLowerInvariant();
    }

    /// <summary>The tokens in hand are not those of the store: the next turn begins with a look at what is there.</summary>
    public void Forget() => _version = 0;

    /// <returns>Whose turn it is; nothing when there is no coordination.</returns>
    public async Task<TokenStoreTurnOwner?> BeginAsync(TimeSpan silence, CancellationToken cancellationToken)
    {
        // First what this process owes: until it is written, the store's refresh token is one that has been used.
        if (!await SaveUnsavedAsync().ConfigureAwait(false))
            return null;

        var now = time.GetUtcNow();
        var turn = await store.AskAsync((tokens, ending) => tokens.BeginAsync(name, _version, _owner, TurnFlight.Lease, silence, ending), cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (turn.Value is { Owner: not TokenStoreTurnOwner.Another } begun)
            Take(begun.Entry, now);

        return turn.Value?.Owner;
    }

    /// <param name="lease">How long the turn goes on; zero ends it.</param>
    public async Task<bool> RenewAsync(TimeSpan lease) =>
        await store.AskAsync((tokens, ending) => tokens.RenewAsync(name, _owner, lease, ending), CancellationToken.None).ConfigureAwait(false) is { IsHad: true, Value: true };

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => store.AskAsync(
        async (tokens, ending) =>
        {
            await tokens.WaitAsync(name, _version, atMost, ending).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    /// <summary>The shared tokens, if they are a help to who has these.</summary>
    public TokenSet? Offer(TokenState state, DateTimeOffset now) =>
        Shared.Tokens is { } tokens && now < tokens.AccessToken.ExpiresOn && tokens.AccessToken.Value != state.Tokens?.AccessToken.Value ? WithoutRefreshToken(tokens) : null;

    public bool IsCoolingDown(DateTimeOffset now) => Shared.Failure is not null && Shared.Pause.Covers(now);

    /// <summary>The verdict on these credentials that another replica has already had, or this one.</summary>
    public FlightResult? Refusal(ApiaxCredentials pair, CoolDown? own)
    {
        var now = time.GetUtcNow();
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
    public async Task<TokenSet?> LookAgainAsync(TokenState state, TimeSpan lease, CancellationToken cancellationToken)
    {
        var start = time.GetUtcNow();
        for (var now = start; now - start < LongestLook; now = time.GetUtcNow())
        {
            var entry = await ReadAsync(cancellationToken).ConfigureAwait(false);
            if (!entry.IsHad)
                return null;
            if (entry.Value is { } other && other.Version != _version)
            {
                Take(other, now);
                return Offer(state, now);
            }

            if (await RenewAsync(lease).ConfigureAwait(false))
                return null;

            await WaitAsync(BetweenLooks, cancellationToken).ConfigureAwait(false);
        }

        return null;
    }

    /// <summary>New tokens for all, now or as soon as the store is back. The answer is what this process goes on with.</summary>
    public async Task<TokenSet> SaveAsync(SharedAccount next)
    {
        if (!await CommitAsync(next, _version, overrules: true).ConfigureAwait(false))
        {
            _unsaved = (next, _version);
            _ = SaveLaterAsync();
        }
        else if (Shared.Tokens is { } tokens && time.GetUtcNow() < tokens.AccessToken.ExpiresOn)
        {
            return WithoutRefreshToken(tokens);
        }

        return WithoutRefreshToken(next.Tokens!);
    }

    /// <returns>Whether the store answered: then <see cref="Shared"/> is what stands there, this entry or a newer one.</returns>
    public Task<bool> CommitAsync(SharedAccount next) => CommitAsync(next, _version, overrules: false);

    // Only told, since a save may be under way: neither of the two holds anything that must be given back.
    public void Dispose() => _disposed.Cancel();

    /// <param name="next">The entry to write.</param>
    /// <param name="expected">The version that it replaces.</param>
    /// <param name="overrules">
    /// Whether it goes on top of a newer entry that has no token to go on with: fresh tokens are worth more than its verdict. A store that lost its data gets them, too.
    /// </param>
    private async Task<bool> CommitAsync(SharedAccount next, long expected, bool overrules)
    {
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var now = time.GetUtcNow();
            var content = next.Write(now);
            var answer = await store.AskAsync(
                (tokens, ending) => tokens.CommitAsync(name, _owner, expected, content, next.KeepFor(now), ending), CancellationToken.None).ConfigureAwait(false);
            if (!answer.IsHad)
                return false;

            Take(answer.Value, now);
            expected = _version;

            if (!overrules || answer.Value?.Content.Span.SequenceEqual(content) == true || now < Shared.Tokens?.AccessToken.ExpiresOn)
                return true;
        }

        return true;
    }

    private async Task SaveLaterAsync()
    {
        try
        {
            while (_unsaved is not null)
            {
                await Task.Delay(BetweenSaves, time, _disposed.Token).ConfigureAwait(false);
                await SaveUnsavedAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The process ends; the next login takes the password.
        }
    }

    private async Task<bool> SaveUnsavedAsync()
    {
        await _saving.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_unsaved is not { } unsaved)
                return true;
            if (!await CommitAsync(unsaved.Account, unsaved.Expected, overrules: true).ConfigureAwait(false))
                return false;

            // By now this process may go on with other tokens.
            _unsaved = null;
            Forget();
            return true;
        }
        finally
        {
            _saving.Release();
        }
    }

    private Task<StoreAnswer<TokenStoreEntry?>> ReadAsync(CancellationToken cancellationToken) =>
        store.AskAsync((tokens, ending) => tokens.ReadAsync(name, ending), cancellationToken);

    private void Take(TokenStoreEntry? entry, DateTimeOffset now)
    {
        _version = entry?.Version ?? 0;
        Shared = SharedAccount.Read(entry, now, Random.Shared.NextDouble());
    }

    private static TokenSet WithoutRefreshToken(TokenSet tokens) => tokens with { RefreshToken = null };
}
