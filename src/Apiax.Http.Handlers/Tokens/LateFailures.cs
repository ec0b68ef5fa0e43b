namespace Apiax.Http.Handlers;

/// <summary>What becomes of work that nobody waits for any more.</summary>
internal static class LateFailures
{
    /// <summary>A failure that comes when nobody listens any more must not turn up as an unobserved exception of the process.</summary>
    public static void Forget(this Task work) => _ = work.ContinueWith(
        late => _ = late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
