using System.Globalization;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Apiax.Http.Handlers.Redis;

/// <summary>Stores the entries of all replicas in one Redis: one key for each account, so that a cluster keeps it on one node.</summary>
/// <param name="connection">Returns the connection; called for every call to the store, since the first attempt may fail.</param>
/// <param name="protection">Encrypts the entries.</param>
/// <param name="options">Validated settings.</param>
/// <param name="turns">Records the turns of this process.</param>
/// <param name="time">The clock for waits.</param>
/// <param name="logger">Logs once for a value that cannot be read.</param>
internal sealed class RedisTokenStore(
    Func<Task<IConnectionMultiplexer>> connection,
    EntryProtection protection,
    ApiaxRedisTokenStoreOptions options,
    OpenTurns turns,
    TimeProvider time,
    ILogger<RedisTokenStore> logger) : ITokenStore, IAsyncDisposable, IDisposable
{
    // The scripts count in doubles.
    private const long MaxTime = 1L << 53;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    private readonly ChangeChannels _channels = new(connection);
    private int _loggedUnreadable;
    private int _loggedForeign;

    public ValueTask<TokenStoreEntry> ReadAsync(string account, CancellationToken cancellationToken) => RunAsync("read", Scripts.ReadEntry, account, static () => [], cancellationToken);

    public async ValueTask<TokenStoreEntry> BeginAsync(string account, TokenStoreBegin begin, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(begin);
        var isCallers = false;
        turns.Begin(begin.Owner);
        try
        {
            RedisValue[] arguments = [begin.KnownVersion, begin.Owner, begin.Number, Microseconds(begin.Silence), begin.Overtakes ?? ""];
            var entry = await RunAsync("begin", Scripts.Begin, account, () => arguments, cancellationToken).ConfigureAwait(false);
            isCallers = entry.Turn is TokenStoreTurn.Caller or TokenStoreTurn.CallerInsteadOfAnother;
            return entry;
        }
        finally
        {
            if (!isCallers)
                turns.End(begin.Owner);
        }
    }

    public async ValueTask<TokenStoreEntry> CommitAsync(string account, TokenStoreCommit commit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(commit);

        // A turn that is kept for a back-off has nothing to save, and would delay the end of the process.
        var isAtWork = commit.KeepsTurn && commit.Note.IsEmpty;
        try
        {
            // Encrypted in the call: if the keys cannot be read, the connection of the other accounts is not broken.
            var entry = await RunAsync(
                "commit",
                Scripts.Commit,
                account,
                () =>
                [
                    commit.Owner, commit.Number, commit.ExpectedVersion, commit.Version, protection.Protect(account, commit.Content), (long)Math.Ceiling(commit.Keep.TotalMilliseconds),
                    commit.ReleasesClaim ? 1 : 0, commit.KeepsTurn ? 1 : 0, protection.Protect(account, commit.Note), Microseconds(commit.NoteLength),
                ],
                cancellationToken).ConfigureAwait(false);
            if (!isAtWork)
                _channels.Publish(Channel(account), entry.Version);

            return entry;
        }
        finally
        {
            if (!isAtWork)
                turns.End(commit.Owner);
        }
    }

    public async ValueTask WaitAsync(string account, long knownVersion, TimeSpan atMost, CancellationToken cancellationToken)
    {
        // The channel ends the wait; after a lost message, or without channels, the time limit does.
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var limit = Task.Delay(atMost, time, over.Token);
        var changes = _channels.Of(Channel(account));
        if (await Task.WhenAny(changes, limit).ConfigureAwait(false) == changes && changes.IsCompletedSuccessfully)
            await Task.WhenAny((await changes.ConfigureAwait(false)).After(knownVersion), limit).ConfigureAwait(false);
        else
            await Task.WhenAny(limit).ConfigureAwait(false);

        await over.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    public ValueTask DisposeAsync() => _channels.DisposeAsync();

    // A container that is disposed synchronously throws for a service that is only IAsyncDisposable.
    public void Dispose() => _ = DisposeAsync().AsTask();

    private async ValueTask<TokenStoreEntry> RunAsync(string name, string script, string account, Func<RedisValue[]> arguments, CancellationToken cancellationToken)
    {
        var (step, limit) = (RedisFailure.Connecting, ConnectTimeout);
        try
        {
            var connecting = connection();
            RedisFailure.Observe(connecting);
            var redis = await connecting.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
            (step, limit) = (name, options.Timeout);

            // Without a primary, the client would run scripts on a replica, whose entry may be older.
            var running = redis.GetDatabase().ScriptEvaluateAsync(script, [Key(account)], arguments(), CommandFlags.DemandMaster);
            RedisFailure.Observe(running);
            return Entry(account, (RedisResult[])(await running.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false))!);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw RedisFailure.Of(exception, step, limit);
        }
    }

    /// <summary>Reads the entry from a script's answer.</summary>
    private TokenStoreEntry Entry(string account, RedisResult[] answer)
    {
        var (version, value, note) = ((long)answer[2], (byte[])answer[4]!, (byte[])answer[6]!);
        var content = protection.Unprotect(account, value);
        if (content.Length == 0 && value.Length > 0 && Interlocked.Exchange(ref _loggedUnreadable, 1) == 0)
            logger.UnreadableValue(Key(account));
        if ((int)answer[8] == 1 && Interlocked.Exchange(ref _loggedForeign, 1) == 0)
            logger.ForeignValue(Key(account));

        return new TokenStoreEntry
        {
            Time = TimeOf(answer[1]),
            Version = version,
            CommittedOn = TimeOf(answer[3]),
            Content = content,
            Turn = (TokenStoreTurn)(int)answer[0],
            HasClaim = (int)answer[5] == 1,
            Note = protection.Unprotect(account, note),
            NoteRemaining = TimeSpan.FromMicroseconds((long)answer[7]),
        };
    }

    private string Channel(string account) => $"{options.KeyPrefix}{{{account}}}:changed";

    private string Key(string account) => $"{options.KeyPrefix}{{{account}}}";

    // Other code may have written it: an invalid time counts as long ago, and the next commit replaces it.
    private static DateTimeOffset TimeOf(RedisResult microseconds) =>
        DateTimeOffset.UnixEpoch + TimeSpan.FromMicroseconds(long.TryParse((string)microseconds!, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= MaxTime ? number : 0);

    private static long Microseconds(TimeSpan time) => (long)Math.Ceiling(time.TotalMicroseconds);
}
