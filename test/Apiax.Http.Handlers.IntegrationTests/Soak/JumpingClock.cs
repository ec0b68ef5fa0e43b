namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>The machine's clock, set forward and back. Only the time that it shows changes: timers and pauses continue, as on a real machine.</summary>
internal sealed class JumpingClock : TimeProvider
{
    private long _offset;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _offset));

    public void Jump(TimeSpan by) => Interlocked.Add(ref _offset, by.Ticks);
}
