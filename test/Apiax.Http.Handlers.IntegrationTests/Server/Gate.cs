namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>Holds requests at the server until it is opened, and reports when the expected number is waiting.</summary>
internal sealed class Gate(int expected) : IDisposable
{
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiting;

    /// <summary>Completes when the expected number of requests waits at the gate; with a time limit, since a lost request would hang the run.</summary>
    public Task Arrived => _arrived.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public Task PassAsync()
    {
        if (Interlocked.Increment(ref _waiting) == expected)
            _arrived.TrySetResult();

        return _open.Task;
    }

    public void Open() => _open.TrySetResult();

    public void Dispose() => Open();
}
