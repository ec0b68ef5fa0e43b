namespace Apiax.Http.Handlers;

/// <summary>Abandons work of the application that ignores its cancellation token. Its failure must not become an unobserved exception of the process.</summary>
internal static class Abandoning
{
    /// <summary>Waits until the work ends or is cancelled. A later result is observed and disposed.</summary>
    public static Task<T> OrAbandonedAsync<T>(this Task<T> work, CancellationToken cancellationToken)
    {
        var waiting = work.WaitAsync(cancellationToken);
        _ = waiting.ContinueWith(_ => Abandon(work), CancellationToken.None, TaskContinuationOptions.OnlyOnCanceled | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return waiting;
    }

    public static void Abandon<T>(Task<T> work) => _ = ObserveAsync(work);

    public static void Abandon(Task work) => Abandon(work.ContinueWith(ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default));

    private static async Task ObserveAsync<T>(Task<T> work)
    {
        try
        {
            (await work.ConfigureAwait(false) as IDisposable)?.Dispose();
        }
#pragma warning disable CA1031 // It is no longer awaited.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
