namespace Apiax.Http.Handlers;

/// <summary>
/// Blocks until there is a result, for <see cref="HttpClient.Send(HttpRequestMessage)"/>. It cannot deadlock: a flight runs on the thread pool and needs
/// neither the blocked thread nor its context, the application's code is started outside that context, and the pool adds threads when threads block in <see cref="Task"/>.
/// </summary>
internal static class Blocking
{
#pragma warning disable VSTHRD002 // This class exists to block.
    public static T Wait<T>(ValueTask<T> pending) => pending.IsCompleted ? pending.GetAwaiter().GetResult() : Wait(pending.AsTask());

    public static T Wait<T>(Task<T> pending) => pending.GetAwaiter().GetResult();

    /// <returns>Whether it has ended in this time.</returns>
    public static bool Ends(Task pending, TimeSpan maxWait) => Task.WaitAny([pending], maxWait) == 0;
#pragma warning restore VSTHRD002

    /// <summary>Starts to get a token. Only code of the application needs another thread, and a closure, for it.</summary>
    public static ValueTask<ApiaxAccessToken> StartToGet(IHostTokens tokens, Uri api, CancellationToken cancellationToken) =>
        tokens.RunsApplicationCode ? StartOutsideContext(tokens, api, cancellationToken) : tokens.GetTokenAsync(api, cancellationToken);

    /// <summary>Starts to replace a token.</summary>
    public static ValueTask<T> Start<T>(IHostTokens tokens, Func<ValueTask<T>> start) => tokens.RunsApplicationCode ? StartOutsideContext(start) : start();

    /// <summary>Starts code of the application, which may continue in the context of its caller: that would wait for the caller, which waits for that code.</summary>
    public static ValueTask<T> StartOutsideContext<T>(Func<ValueTask<T>> start) =>
        SynchronizationContext.Current is null && TaskScheduler.Current == TaskScheduler.Default ? start() : new(Task.Run(() => start().AsTask()));

    private static ValueTask<ApiaxAccessToken> StartOutsideContext(IHostTokens tokens, Uri api, CancellationToken cancellationToken) =>
        StartOutsideContext(() => tokens.GetTokenAsync(api, cancellationToken));
}
