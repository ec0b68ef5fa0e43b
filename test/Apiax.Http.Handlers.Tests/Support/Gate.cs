namespace Apiax.Http.Handlers.Tests;

/// <summary>Holds callers until it opens.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when a caller waits at the gate.</summary>
    public Task Arrived => _arrived.Task.Soon();

    public void Open() => _open.TrySetResult();

    public Task PassAsync(CancellationToken cancellationToken)
    {
        _arrived.TrySetResult();
        return _open.Task.WaitAsync(cancellationToken);
    }
}
