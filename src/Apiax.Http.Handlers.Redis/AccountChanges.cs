using StackExchange.Redis;

namespace Apiax.Http.Handlers.Redis;

/// <summary>Wakes callers that wait for a change of one account.</summary>
internal sealed class AccountChanges
{
    // The scripts count in doubles: a higher version cannot have been committed.
    private const long MaxVersion = 1L << 53;

    private readonly object _gate = new();
    private TaskCompletionSource _next = NewSource();
    private long _latest;

    public AccountChanges() => Handler = (_, version) => Notify(version.TryParse(out long number) ? number : 0);

    /// <summary>The channel's callback; always the same instance, so that it can be unsubscribed.</summary>
    public Action<RedisChannel, RedisValue> Handler { get; }

    /// <summary>Completes with the next change; at once if a later version than the known one was already announced.</summary>
    /// <remarks>Each announcement wakes only once: the store may have lost that version, and the caller would then call it in a loop.</remarks>
    public Task After(long knownVersion)
    {
        lock (_gate)
        {
            if (_latest <= knownVersion)
                return _next.Task;

            _latest = 0;
            return Task.CompletedTask;
        }
    }

    /// <param name="version">The version that was written, according to the sender; 0 if only a turn has ended.</param>
    public void Notify(long version)
    {
        TaskCompletionSource now;
        lock (_gate)
            (now, _next, _latest) = (_next, NewSource(), version <= MaxVersion ? Math.Max(version, _latest) : _latest);

        now.TrySetResult();
    }

    // Waiters continue asynchronously: they must not block the connection's reader.
    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
