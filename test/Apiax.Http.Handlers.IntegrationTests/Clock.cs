using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>A clock that a test advances, and that detects when code starts to wait for it.</summary>
internal sealed class Clock : FakeTimeProvider
{
    // Shorter than the time limits, which must not end, and longer than a pause between attempts.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(9.9);

    private readonly Channel<TimeSpan> _pauses = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime > TimeSpan.Zero && dueTime < LongestPause)
            _pauses.Writer.TryWrite(dueTime);

        return timer;
    }

    /// <summary>Runs something that pauses, and advances over each pause as soon as it has begun.</summary>
    public async Task<T> PassPausesAsync<T>(Func<Task<T>> start)
    {
        while (_pauses.Reader.TryRead(out _))
        {
            // Pauses of earlier work are over.
        }

        using var over = new CancellationTokenSource();
        var work = start();
        var passing = PassAsync(over.Token);
        try
        {
            return await work;
        }
        finally
        {
            await over.CancelAsync();
            await passing;
        }
    }

    private async Task PassAsync(CancellationToken over)
    {
        try
        {
            await foreach (var pause in _pauses.Reader.ReadAllAsync(over))
                Advance(pause);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The work has ended.
        }
    }
}
