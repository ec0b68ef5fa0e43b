namespace Apiax.Http.Handlers.Simulation;

/// <summary>
/// A clock that advances to its next timer when no work is left. It needs a pool of one thread (<see cref="Pool"/>): then the same work runs in the same order each time,
/// and the clock can detect that no work is left.
/// </summary>
#pragma warning disable CA1001 // An event whose wait handle is not used needs no disposal.
internal sealed class VirtualTime : TimeProvider, IThreadPoolWorkItem
#pragma warning restore CA1001
{
    private readonly PriorityQueue<(VirtualTimer Timer, int Setting), (long Due, long Order)> _timers = new();
    private readonly ManualResetEventSlim _over = new();
    private Task _work = Task.CompletedTask;
    private long _order;
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) + TimeSpan.FromTicks(_ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Runs the work to its end, on the pool's thread and this clock.</summary>
    public void Run(Func<Task> work)
    {
        _over.Reset();
        ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                _work = work();
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            },
            state: null);
        _over.Wait();
#pragma warning disable VSTHRD002 // It is complete: the clock has run until then.
        _work.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (_work.IsCompleted)
        {
            _over.Set();
            return;
        }

        if (ThreadPool.PendingWorkItemCount == 0 && _timers.TryDequeue(out var next, out var when))
        {
            if (next.Timer.IsSetTo(next.Setting))
            {
                _ticks = Math.Max(_ticks, when.Due);
                next.Timer.Fire();
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private sealed class VirtualTimer(VirtualTime time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;
        private int _setting;

        public bool IsSetTo(int setting) => setting == _setting;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            (_period, _setting) = (period, _setting + 1);
            if (dueTime >= TimeSpan.Zero)
                time._timers.Enqueue((this, _setting), (time._ticks + dueTime.Ticks, time._order++));

            return true;
        }

        public void Fire()
        {
            if (_period > TimeSpan.Zero)
                Change(_period, _period);

            callback(state);
        }

        public void Dispose() => _setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
