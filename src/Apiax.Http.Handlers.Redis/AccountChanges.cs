namespace Apiax.Http.Handlers.Redis;

/// <summary>Wakes those who wait for a change of one account.</summary>
internal sealed class AccountChanges
{
    private readonly object _gate = new();
    private TaskCompletionSource _next = NotYet();
    private long _version;

    /// <summary>Completes with the next change; at once where a later version than the known one was heard of already, between the question and the wait.</summary>
    public Task After(long knownVersion)
    {
        lock (_gate)
            return _version > knownVersion ? Task.CompletedTask : _next.Task;
    }

    /// <param name="version">The version that was written; 0 where only a turn has ended.</param>
    public void Tell(long version)
    {
        TaskCompletionSource now;
        lock (_gate)
            (now, _next, _version) = (_next, NotYet(), Math.Max(version, _version));

        now.TrySetResult();
    }

    // The waiters go on by themselves: the one who tells them is the connection's reader.
    private static TaskCompletionSource NotYet() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
