namespace Apiax.Http.Handlers.Testing;

/// <summary>A delay in real time, which can be reset while requests wait.</summary>
internal sealed class RealTimeDelay(TimeSpan usual)
{
    private TaskCompletionSource _reset = NewSource();
    private long _ticks = usual.Ticks;

    public TimeSpan Length
    {
        get => new(Volatile.Read(ref _ticks));
        set => Volatile.Write(ref _ticks, value.Ticks);
    }

    public async Task PassAsync(CancellationToken cancellationToken)
    {
        // In this order: a reset in between ends the wait, or is seen in the length.
        var reset = Volatile.Read(ref _reset).Task;
        await reset.WaitAsync(Length, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Sets the usual length, and lets the requests that wait go on.</summary>
    public void Reset()
    {
        Length = usual;
        Interlocked.Exchange(ref _reset, NewSource()).SetResult();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
