namespace Apiax.Http.Handlers;

/// <summary>Cancels tokens that application code gets: its callbacks may throw.</summary>
internal static class Cancelling
{
    /// <summary>
    /// Cancels. An exception of a callback must not end the process, which it would on a thread of the pool: it becomes that of a task that nobody awaits, and
    /// <see cref="TaskScheduler.UnobservedTaskException"/> reports it.
    /// </summary>
    public static void CancelAll(this CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (AggregateException callbacks)
        {
            _ = Task.FromException(callbacks);
        }
        catch (ObjectDisposedException)
        {
            // A timer may fire while its source is disposed of: there is nothing to cancel any more.
        }
    }
}
