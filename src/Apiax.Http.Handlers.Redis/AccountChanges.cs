using StackExchange.Redis;

namespace Apiax.Http.Handlers.Redis;

/// <summary>Wakes callers that wait for a change of one account.</summary>
internal sealed class AccountChanges
{
    // The scripts count in doubles: a higher version cannot have been committed.
    private const long Highest = 1L << 53;

    private readonly object _gate = new();
    private TaskCompletionSource _next = NotYet();
    private long _heard;

    public AccountChanges() => Hear = (_, version) => Tell(version.TryParse(out long number) ? number : 0);

    /// <summary>The channel's callback; always the same instance, so that it can be unsubscribed.</summary>
    public Action<RedisChannel, RedisValue> Hear { get; }

    /// <summary>Completes with the next change; at once if a later version than the known one was already announced.</summary>
    /// <remarks>Each announcement wakes only once: the store may have lost that version, and the caller would then ask in a loop.</remarks>
    public Task After(long knownVersion)
    {
        lock (_gate)
        {
            if (_heard <= knownVersion)
                return _next.Task;

            _heard = 0;
            return Task.CompletedTask;
        }
    }

    /// <param name="version">The version that was written, according to the sender; 0 if only a turn has ended.</param>
    public void Tell(long version)
    {
        TaskCompletionSource now;
        lock (_gate)
            (now, _next, _heard) = (_next, NotYet(), version <= Highest ? Math.Max(version, _heard) : _heard);

        now.TrySetResult();
    }

    // Waiters continue asynchronously: they must not block the connection's reader.
    private static TaskCompletionSource NotYet() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
