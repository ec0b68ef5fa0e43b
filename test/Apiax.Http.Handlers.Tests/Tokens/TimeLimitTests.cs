using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class TimeLimitTests
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(5);

    [Test]
    public void It_ends_with_its_time()
    {
        var time = new FakeTimeProvider();
        using var limit = new TimeLimit(Length, time, CancellationToken.None);
        Assert.That((limit.IsOver, limit.Token.IsCancellationRequested), Is.EqualTo((false, false)));

        time.Advance(Length);

        Assert.That((limit.IsOver, limit.Token.IsCancellationRequested), Is.EqualTo((true, true)));
    }

    [Test]
    public void After_a_cancellation_the_time_limit_does_not_count_as_over()
    {
        var time = new FakeTimeProvider();
        using var stop = new CancellationTokenSource();
        using var limit = new TimeLimit(Length, time, stop.Token);

        stop.Cancel();
        Assert.That((limit.IsOver, limit.Token.IsCancellationRequested), Is.EqualTo((false, true)));

        time.Advance(Length);
        Assert.That(limit.IsOver, Is.False);
    }

    /// <summary>On a thread of the pool, such an exception would end the process.</summary>
    [Test]
    public void An_exception_of_the_applications_callback_is_not_thrown_by_the_timer()
    {
        var time = new FakeTimeProvider();
        using var limit = new TimeLimit(Length, time, CancellationToken.None);
        using var registration = limit.Token.Register(() => throw new InvalidOperationException("a callback"));

        time.Advance(Length);

        Assert.That((limit.IsOver, limit.Token.IsCancellationRequested), Is.EqualTo((true, true)));
    }

    [Test]
    public async Task On_the_system_s_clock_it_ends_as_well()
    {
        using var limit = new TimeLimit(TimeSpan.FromSeconds(0.6), TimeProvider.System, CancellationToken.None);
        var ended = new TaskCompletionSource();
        await using var registration = limit.Token.Register(ended.SetResult);

        await ended.Task.Soon();

        Assert.That(limit.IsOver);
    }

    /// <summary>Otherwise each flight would stay registered with its caller's token and with the clock after its end.</summary>
    [Test]
    public void After_disposal_it_ignores_both()
    {
        var time = new FakeTimeProvider();
        using var stop = new CancellationTokenSource();
        var limit = new TimeLimit(Length, time, stop.Token);
        var token = limit.Token;
        limit.Dispose();

        time.Advance(Length);
        Assert.That(limit.IsOver, Is.False);

        stop.Cancel();
        Assert.That(token.IsCancellationRequested, Is.False);
    }
}
