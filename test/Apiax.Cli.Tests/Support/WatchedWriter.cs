namespace Apiax.Cli.Tests;

/// <summary>An output that reports when the tool has written to it, while the tool continues.</summary>
internal sealed class WatchedWriter : StringWriter
{
    private readonly TaskCompletionSource<string> _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>All that was written up to the first flush.</summary>
    public Task<string> Written => _written.Task;

    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        _written.TrySetResult(ToString());
        return Task.CompletedTask;
    }
}
