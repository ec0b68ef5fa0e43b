namespace Apiax.Http.Handlers.Tests;

/// <summary>Every wait of a test has an end: a promise that does not hold shall fail and not hang.</summary>
internal static class Waiting
{
    // A mutant that breaks the flights lets hundreds of tests wait to the end.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("APIAX_MUTANTS") == "1" ? 4 : 15);

    public static Task Soon(this Task task) => task.WaitAsync(Patience);

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Patience);

    public static Task<T> Soon<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Patience);

    /// <summary>Lets as many threads go at the same instant, and completes with the last of their calls.</summary>
    public static async Task<T[]> AtOnceAsync<T>(int threads, Func<int, Task<T>> call)
    {
        using var start = new Barrier(threads);
        var calls = Enumerable.Range(0, threads).Select(number => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait(Patience);
                return call(number);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap());
        return await Task.WhenAll(calls.ToList()).Soon();
    }

    /// <summary>Lets what was queued run, before a test says that nothing was.</summary>
    public static async Task SettleAsync()
    {
        for (var turn = 0; turn < 20; turn++)
            await Task.Run(() => Task.Yield());
    }

    /// <summary>Looks again and again until it has happened.</summary>
    public static async Task UntilAsync(Func<Task<bool>> happened, string otherwise)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await happened())
        {
            Assert.That(TimeProvider.System.GetElapsedTime(start), Is.LessThan(Patience), otherwise);
            await SettleAsync();
        }
    }

    /// <summary>The exception that a call ended with.</summary>
    public static async Task<TException> FailureOf<TException>(Task call)
        where TException : Exception
    {
        try
        {
            await call.Soon();
        }
        catch (TException exception)
        {
            return exception;
        }

        throw new AssertionException($"{typeof(TException).Name} expected, and the call succeeded.");
    }

    public static Task<ApiaxAuthException> FailureOf<T>(ValueTask<T> call) => FailureOf<ApiaxAuthException>(call.AsTask());
}
