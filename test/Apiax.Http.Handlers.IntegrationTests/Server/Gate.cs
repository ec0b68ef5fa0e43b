namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>Holds requests at the server until it is opened, and tells when as many as expected are waiting.</summary>
internal sealed class Gate(int expected) : IDisposable
{
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiting;

    /// <summary>Completes once the expected number of requests stands before the gate; bounded, or a lost request would hang the run.</summary>
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
