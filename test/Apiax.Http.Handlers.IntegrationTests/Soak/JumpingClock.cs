namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>The machine's clock, set forward and back. Only what it shows jumps: timers and pauses run on, as they do on a machine.</summary>
internal sealed class JumpingClock : TimeProvider
{
    private long _offset;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _offset));

    public void Jump(TimeSpan by) => Interlocked.Add(ref _offset, by.Ticks);
}
