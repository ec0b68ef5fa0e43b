namespace Apiax.Http.Handlers.Redis;

/// <summary>Wakes those who wait for a change of one account.</summary>
internal sealed class AccountChanges
{
    private TaskCompletionSource _next = NotYet();

    public Task Next => Volatile.Read(ref _next).Task;

    public void Tell() => Interlocked.Exchange(ref _next, NotYet()).TrySetResult();

    // The waiters go on by themselves: the one who tells them is the connection's reader.
    private static TaskCompletionSource NotYet() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
