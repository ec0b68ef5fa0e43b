using System.Globalization;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Apiax.Http.Handlers.Redis;

/// <summary>The entries of all replicas in one Redis. Keys of one account have one hash tag, so a cluster keeps them on one node.</summary>
/// <param name="connection">Gives the connection; asked with every call, since the first may fail.</param>
/// <param name="protection">Makes the entries unreadable for others.</param>
/// <param name="options">The settings, valid.</param>
/// <param name="turns">Told which turns are this process's.</param>
/// <param name="time">What waits run on.</param>
/// <param name="logger">Told once what is wrong with a value.</param>
internal sealed class RedisTokenStore(
    Func<Task<IConnectionMultiplexer>> connection,
    EntryProtection protection,
    ApiaxRedisTokenStoreOptions options,
    OpenTurns turns,
    TimeProvider time,
    ILogger<RedisTokenStore> logger) : ITokenStore
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    private readonly ChangeChannels _channels = new(connection);
    private int _toldUnreadable;
    private int _toldForeign;

    public async ValueTask<TokenStoreEntry?> ReadAsync(string account, CancellationToken cancellationToken)
    {
        var answer = await RunAsync("look", Scripts.Look, account, [], cancellationToken).ConfigureAwait(false);
        return Entry(account, answer);
    }

    public async ValueTask<TokenStoreTurn> BeginAsync(
        string account, long knownVersion, string owner, TimeSpan silence, CancellationToken cancellationToken)
    {
        var isCallers = false;
        turns.Begin(account);
        try
        {
            var answer = await RunAsync("begin", Scripts.Begin, account, [knownVersion, owner, Milliseconds(silence)], cancellationToken).ConfigureAwait(false);
            var turn = new TokenStoreTurn((TokenStoreTurnOwner)(int)answer[0], Entry(account, answer));
            isCallers = turn.Owner is TokenStoreTurnOwner.Caller or TokenStoreTurnOwner.CallerInsteadOfAnother;
            return turn;
        }
        finally
        {
            if (!isCallers)
                turns.End(account);
        }
    }

    public async ValueTask<bool> RenewAsync(string account, string owner, CancellationToken cancellationToken)
    {
        var answer = await RunAsync("renew", Scripts.Renew, account, [owner], cancellationToken).ConfigureAwait(false);
        return (int)answer[0] == 1;
    }

    public async ValueTask EndAsync(string account, string owner, CancellationToken cancellationToken)
    {
        try
        {
            await RunAsync("end", Scripts.End, account, [Channel(account), owner], cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            turns.End(account);
        }
    }

    public async ValueTask<TokenStoreEntry?> CommitAsync(
        string account, string owner, long expectedVersion, ReadOnlyMemory<byte> content, TimeSpan keep, CancellationToken cancellationToken)
    {
        try
        {
            var value = protection.Protect(account, content.ToArray());
            var answer = await RunAsync("commit", Scripts.Commit, account, [Channel(account), owner, expectedVersion, value, Milliseconds(keep)], cancellationToken).ConfigureAwait(false);
            return (int)answer[0] == 1 ? new TokenStoreEntry((long)answer[1], TimeSpan.Zero, content) : Entry(account, answer);
        }
        finally
        {
            turns.End(account);
        }
    }

    public async ValueTask WaitAsync(string account, long knownVersion, TimeSpan atMost, CancellationToken cancellationToken)
    {
        // Woken by the channel; the time limit is what a lost message, or a server without channels, costs.
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

    private async Task<RedisResult[]> RunAsync(string name, string script, string account, RedisValue[] arguments, CancellationToken cancellationToken)
    {
        var (step, limit) = (RedisFailure.Connecting, ConnectTimeout);
        try
        {
            var redis = await connection().WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
            (step, limit) = (name, options.Timeout);
            var keys = new RedisKey[] { Key(account, "tok"), Key(account, "lck") };
            var answer = await redis.GetDatabase().ScriptEvaluateAsync(script, keys, arguments).WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
            return answer.Resp2Type is ResultType.Array ? (RedisResult[])answer! : [answer];
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RedisTokenStoreException(RedisFailure.Describe(exception, step, limit), exception);
        }
    }

    /// <summary>The entry in an answer: version, age in microseconds, value.</summary>
    private TokenStoreEntry? Entry(string account, RedisResult[] answer)
    {
        var version = long.Parse((string)answer[1]!, CultureInfo.InvariantCulture);
        var value = (byte[])answer[3]!;
        if (version == 0)
        {
            if (value.Length > 0 && Interlocked.Exchange(ref _toldForeign, 1) == 0)
                logger.ForeignValue(Key(account, "tok"));

            return null;
        }

        var content = protection.Unprotect(account, value.AsSpan(value.AsSpan().IndexOf((byte)':') + 1));
        if (content.Length == 0 && Interlocked.Exchange(ref _toldUnreadable, 1) == 0)
            logger.UnreadableValue(Key(account, "tok"));

        return new TokenStoreEntry(version, TimeSpan.FromMicroseconds(double.Parse((string)answer[2]!, CultureInfo.InvariantCulture)), content);
    }

    private string Channel(string account) => Key(account, "chg");

    private string Key(string account, string what) => $"{options.KeyPrefix}{{{account}}}:{what}";

    private static long Milliseconds(TimeSpan time) => (long)Math.Ceiling(time.TotalMilliseconds);
}
