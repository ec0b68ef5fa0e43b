using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Every wait in a test has a time limit: a broken promise must fail the test, not hang it.</summary>
internal static class Waiting
{
    // With a mutant that breaks the flights, hundreds of tests wait for the whole time limit.
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("APIAX_MUTANTS") == "1" ? 4 : 15);

    public static Task Soon(this Task task) => task.WaitAsync(MaxWait);

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(MaxWait);

    public static Task<T> Soon<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(MaxWait);

    /// <summary>Starts this number of threads at the same instant, and completes when all their calls have ended.</summary>
    public static async Task<T[]> AtOnceAsync<T>(int threads, Func<int, Task<T>> call)
    {
        using var start = new Barrier(threads);
        var calls = Enumerable.Range(0, threads).Select(number => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait(MaxWait);
                return call(number);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap());
        return await Task.WhenAll(calls.ToList()).Soon();
    }

    /// <summary>Lets queued work run, before a test asserts that there was none.</summary>
    public static async Task SettleAsync()
    {
        for (var turn = 0; turn < 20; turn++)
            await Task.Run(() => Task.Yield());
    }

    /// <summary>Advances the clock, a quarter of a second at a time, until the task completes; returns how much time passed.</summary>
    public static async Task<TimeSpan> PassUntilAsync(this FakeTimeProvider time, Task happened)
    {
        var start = time.GetUtcNow();
        while (!happened.IsCompleted)
        {
            Assert.That(time.GetUtcNow() - start, Is.LessThan(TimeSpan.FromMinutes(5)), "it has not happened within five minutes");

            // A little real time, too: otherwise computations would seem to take minutes.
            await Task.WhenAny(happened, Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System));
            time.Advance(TimeSpan.FromMilliseconds(250));
        }

        return time.GetUtcNow() - start;
    }

    /// <summary>Checks repeatedly until the condition is true.</summary>
    public static async Task UntilAsync(Func<Task<bool>> happened, string otherwise)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await happened())
        {
            Assert.That(TimeProvider.System.GetElapsedTime(start), Is.LessThan(MaxWait), otherwise);
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
