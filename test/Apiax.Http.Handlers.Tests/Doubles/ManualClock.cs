using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests.Doubles;

/// <summary>
/// A clock that advances only while all code waits for it: during a pause, or during a request without an answer. So no test depends on how fast
/// the code between two waits runs, or on which thread.
/// </summary>
internal sealed class ManualClock() : FakeTimeProvider(Noon)
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ConcurrentDictionary<Timer, DateTimeOffset> _timers = new();
    private int _silences;

    private bool EverybodyWaits => _silences > 0 || _timers.Keys.Any(timer => timer.IsPause);

    public double Seconds => (GetUtcNow() - Noon).TotalSeconds;

    /// <summary>Does not answer until the caller cancels.</summary>
    public async Task<T> SilenceAsync<T>(CancellationToken cancellationToken)
    {
        var silence = new TaskCompletionSource<T>();
        using var end = cancellationToken.Register(() =>
        {
            Interlocked.Decrement(ref _silences);
            silence.TrySetCanceled(cancellationToken);
        });
        Interlocked.Increment(ref _silences);
        return await silence.Task;
    }

    /// <summary>Lets time pass until the task has ended.</summary>
    public async Task<T> PassUntilAsync<T>(Task<T> task)
    {
        for (var patience = 1_000_000; !task.IsCompleted && patience > 0; patience--)
        {
            if (EverybodyWaits && !_timers.IsEmpty)
                Advance(_timers.Values.Min() - GetUtcNow());
            else
                await Task.Yield();
        }

        Assert.That(task.IsCompleted, Is.True, "it waits for something other than time");
        return await task;
    }

    /// <inheritdoc cref="PassUntilAsync"/>
    public async Task<ApiaxAuthException> FailureOfAsync<T>(Task<T> task)
    {
        try
        {
            throw new AssertionException($"no failure but {await PassUntilAsync(task)}");
        }
        catch (ApiaxAuthException failure)
        {
            return failure;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        // A time limit belongs to a cancellation source: no code waits for its end.
        var timer = new Timer(this, isPause: state is not CancellationTokenSource);
        timer.Inner = base.CreateTimer(
            moment =>
            {
                _timers.TryRemove(timer, out _);
                callback(moment);
            },
            state,
            dueTime,
            period);
        timer.Note(dueTime);
        return timer;
    }

    private sealed class Timer(ManualClock clock, bool isPause) : ITimer
    {
        public bool IsPause => isPause;

        public ITimer Inner { get; set; } = null!;

        public void Note(TimeSpan dueTime)
        {
            if (dueTime > TimeSpan.Zero)
                clock._timers[this] = clock.GetUtcNow() + dueTime;
            else
                clock._timers.TryRemove(this, out _);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Note(dueTime);
            return Inner.Change(dueTime, period);
        }

        public void Dispose()
        {
            clock._timers.TryRemove(this, out _);
            Inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            clock._timers.TryRemove(this, out _);
            return Inner.DisposeAsync();
        }
    }
}
