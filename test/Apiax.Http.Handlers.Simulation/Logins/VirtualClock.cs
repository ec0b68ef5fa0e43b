namespace Apiax.Http.Handlers.Simulation;

/// <summary>Time that jumps from one timer to the next, on one thread: a run depends only on its seed.</summary>
internal sealed class VirtualClock : TimeProvider
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly PriorityQueue<(Timer Timer, int Version), (DateTimeOffset On, long Number)> _due = new();
    private DateTimeOffset _now = Epoch;
    private long _number;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public double Seconds => (_now - Epoch).TotalSeconds;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Runs timers until the condition is true, or the time is over.</summary>
    public void RunUntil(Func<bool> happened, TimeSpan atMost)
    {
        var end = Epoch + atMost;
        while (!happened() && _due.TryDequeue(out var due, out var order) && order.On <= end)
        {
            if (due.Timer.Version != due.Version)
                continue;

            _now = order.On > _now ? order.On : _now;
            due.Timer.Fire();
        }
    }

    private sealed class Timer(VirtualClock clock, TimerCallback callback, object? state) : ITimer
    {
        public int Version { get; private set; }

        public void Fire()
        {
            Version++;
            callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Version++;
            if (dueTime >= TimeSpan.Zero)
                clock._due.Enqueue((this, Version), (clock._now + dueTime, clock._number++));

            return true;
        }

        public void Dispose() => Version++;

        public ValueTask DisposeAsync()
        {
            Version++;
            return default;
        }
    }
}
