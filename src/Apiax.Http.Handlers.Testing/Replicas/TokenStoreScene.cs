using System.Security.Cryptography;
using System.Text;

namespace Apiax.Http.Handlers.Testing;

/// <summary>A store, a new account in it, and two replicas: what a check of a store needs to say.</summary>
internal sealed class TokenStoreScene(string law, ITokenStore store, Func<TimeSpan, Task> pass)
{
    /// <summary>Long enough that a machine which is late with everything does not let it pass by itself.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Keep = TimeSpan.FromMinutes(1);

    public string Account { get; } = Convert.ToHexString(RandomNumberGenerator.GetBytes(32)).ToLowerInvariant();

    public ITokenStore Store => store;

    public Task PassAsync(TimeSpan time) => pass(time);

    public async Task<TokenStoreTurn> BeginAsync(string owner, long known = 0, TimeSpan? silence = null) =>
        await store.BeginAsync(Account, known, owner, silence ?? Silence, CancellationToken.None).ConfigureAwait(false);

    public async Task<bool> RenewAsync(string owner) => await store.RenewAsync(Account, owner, CancellationToken.None).ConfigureAwait(false);

    public async Task EndAsync(string owner) => await store.EndAsync(Account, owner, CancellationToken.None).ConfigureAwait(false);

    public async Task<TokenStoreEntry?> CommitAsync(string owner, long expected, string content, TimeSpan? keep = null) =>
        await store.CommitAsync(Account, owner, expected, Encoding.UTF8.GetBytes(content), keep ?? Keep, CancellationToken.None).ConfigureAwait(false);

    /// <summary>A commit that must leave an entry.</summary>
    public async Task<TokenStoreEntry> CommittedAsync(string owner, long expected, string content, TimeSpan? keep = null) =>
        Existing(await CommitAsync(owner, expected, content, keep).ConfigureAwait(false), "after a commit");

    public TokenStoreEntry Existing(TokenStoreEntry? entry, string when) => entry ?? throw new InvalidOperationException($"{law}: there is no entry {when}.");

    public async Task<TokenStoreEntry?> ReadAsync() => await store.ReadAsync(Account, CancellationToken.None).ConfigureAwait(false);

    /// <summary>An entry that another owner wrote.</summary>
    public async Task<long> WrittenAsync(string content)
    {
        var entry = await CommittedAsync("writer", expected: 0, content).ConfigureAwait(false);
        Equal(content, Text(entry), "the first commit");
        return entry.Version;
    }

    public static string? Text(TokenStoreEntry? entry) => entry is null ? null : Encoding.UTF8.GetString(entry.Content.Span);

    public void Equal<T>(T expected, T found, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, found))
            throw new InvalidOperationException($"{law}: {what} should be '{expected}' and is '{found}'.");
    }

    public void True(bool holds, string what)
    {
        if (!holds)
            throw new InvalidOperationException($"{law}: {what}.");
    }
}
