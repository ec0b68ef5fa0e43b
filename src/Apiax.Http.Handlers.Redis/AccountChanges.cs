using StackExchange.Redis;

namespace Apiax.Http.Handlers.Redis;

/// <summary>Wakes those who wait for a change of one account.</summary>
internal sealed class AccountChanges
{
    // The scripts count in doubles: whoever publishes more than that has not committed it.
    private const long Highest = 1L << 53;

    private readonly object _gate = new();
    private TaskCompletionSource _next = NotYet();
    private long _heard;

    public AccountChanges() => Hear = (_, version) => Tell(version.TryParse(out long number) ? number : 0);

    /// <summary>What a channel calls; always the same, so that the subscription can be ended.</summary>
    public Action<RedisChannel, RedisValue> Hear { get; }

    /// <summary>Completes with the next change; at once where a later version than the known one was heard of already, between the question and the wait.</summary>
    /// <remarks>What was heard wakes once: the store may have lost that version since, and whoever it wakes each time asks without a pause.</remarks>
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

    /// <param name="version">The version that was written, if the one who says so is to be believed; 0 where only a turn has ended.</param>
    public void Tell(long version)
    {
        TaskCompletionSource now;
        lock (_gate)
            (now, _next, _heard) = (_next, NotYet(), version <= Highest ? Math.Max(version, _heard) : _heard);

        now.TrySetResult();
    }

    // The waiters go on by themselves: the one who tells them is the connection's reader.
    private static TaskCompletionSource NotYet() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
