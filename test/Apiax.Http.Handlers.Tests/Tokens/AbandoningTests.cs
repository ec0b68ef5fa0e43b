namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class AbandoningTests
{
    [Test]
    public async Task What_ends_after_everybody_has_left_is_disposed_of_if_it_can_be()
    {
        await using var stream = new MemoryStream();
        var work = new TaskCompletionSource<object>();
        using var left = new CancellationTokenSource();
        var waiting = work.Task.OrAbandonedAsync(left.Token);
        await left.CancelAsync();
        await Waiting.FailureOf<OperationCanceledException>(waiting);

        Abandoning.Abandon(Task.FromResult(new object()));
        work.SetResult(stream);
        await Waiting.UntilAsync(() => Task.FromResult(!stream.CanRead), "it is not disposed of");
    }
}
