using System.Security.Cryptography;
using System.Text;

namespace Apiax.Http.Handlers.Testing;

/// <summary>What a check works on: a store, a new account in it, and some replicas.</summary>
internal sealed class TokenStoreCheckContext(string rule, ITokenStore store, Func<TimeSpan, Task> pass)
{
    /// <summary>Long enough that it does not pass by itself on a slow machine.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    public static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(400);

    private static readonly TimeSpan Keep = TimeSpan.FromMinutes(1);

    private long _number;
    private long _version = 1_000_000;

    public string Account { get; } = Convert.ToHexString(RandomNumberGenerator.GetBytes(32)).ToLowerInvariant();

    public ITokenStore Store => store;

    /// <summary>The number of the last begin.</summary>
    public long Number => Volatile.Read(ref _number);

    public Task PassAsync(TimeSpan time) => pass(time);

    /// <summary>Longer than the two seconds in which a slow store must manage two calls.</summary>
    public async Task PassThreeSecondsAsync()
    {
        for (var second = 0; second < 3; second++)
            await pass(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
    }

    public Task<TokenStoreEntry> BeginAsync(string owner, long known = 0, TimeSpan? silence = null, string? overtakes = null) =>
        BeginAsync(Interlocked.Increment(ref _number), owner, known, silence, overtakes);

    public async Task<TokenStoreEntry> BeginAsync(long number, string owner, long known = 0, TimeSpan? silence = null, string? overtakes = null)
    {
        var begin = new TokenStoreBegin { Owner = owner, Number = number, KnownVersion = known, Silence = silence ?? Silence, Overtakes = overtakes };
        return await store.BeginAsync(Account, begin, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Writes new content with the next version.</summary>
    public async Task<TokenStoreEntry> WriteAsync(string owner, long expected, string content, bool releases = false, TimeSpan? keep = null, long? number = null, bool keeps = false) =>
        await store.CommitAsync(
            Account,
            new TokenStoreCommit
            {
                Owner = owner,
                Number = number ?? Number,
                ExpectedVersion = expected,
                Version = Interlocked.Increment(ref _version),
                Content = Encoding.UTF8.GetBytes(content),
                Keep = keep ?? Keep,
                ReleasesClaim = releases,
                KeepsTurn = keeps,
            },
            CancellationToken.None).ConfigureAwait(false);

    /// <summary>Ends or renews a turn.</summary>
    public async Task<TokenStoreEntry> EndAsync(
        string owner, long expected = 0, bool releases = false, bool keeps = false, string note = "", TimeSpan length = default, long? number = null) =>
        await store.CommitAsync(
            Account,
            new TokenStoreCommit
            {
                Owner = owner,
                Number = number ?? Number,
                ExpectedVersion = expected,
                ReleasesClaim = releases,
                KeepsTurn = keeps,
                Note = Encoding.UTF8.GetBytes(note),
                NoteLength = length,
            },
            CancellationToken.None).ConfigureAwait(false);

    public async Task<TokenStoreEntry> ReadAsync() => await store.ReadAsync(Account, CancellationToken.None).ConfigureAwait(false);

    /// <summary>Writes an entry without a claim.</summary>
    /// <returns>Its version.</returns>
    public async Task<long> CreateEntryAsync(string content)
    {
        var entry = await WriteAsync("writer", expected: 0, content, releases: true).ConfigureAwait(false);
        Equal(content, Text(entry), "the first commit");
        return entry.Version;
    }

    public static string Text(TokenStoreEntry entry) => Encoding.UTF8.GetString(entry.Content.Span);

    public static string NoteOf(TokenStoreEntry entry) => Encoding.UTF8.GetString(entry.Note.Span);

    public void Equal<T>(T expected, T found, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, found))
            throw new InvalidOperationException($"{rule}: {what} should be '{expected}' and is '{found}'.");
    }

    public async Task EndsAsync(Task wait, string otherwise)
    {
        True(wait == await Task.WhenAny(wait, Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System)).ConfigureAwait(false), otherwise);
        await wait.ConfigureAwait(false);
    }

    public void True(bool condition, string what)
    {
        if (!condition)
            throw new InvalidOperationException($"{rule}: {what}.");
    }
}
