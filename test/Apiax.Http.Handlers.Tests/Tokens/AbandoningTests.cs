namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class AbandoningTests
{
    [Test]
    public async Task A_result_that_is_no_longer_awaited_is_disposed()
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
