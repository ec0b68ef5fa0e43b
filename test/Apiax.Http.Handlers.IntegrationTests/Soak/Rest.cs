namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>Lets callers pass, or pauses all of them, so that what their calls have left can be measured.</summary>
internal sealed class Rest
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private volatile TaskCompletionSource _open = Opened();
    private int _calling;

    public async Task PassAsync()
    {
        while (true)
        {
            await _open.Task;
            Interlocked.Increment(ref _calling);
            if (_open.Task.IsCompleted)
                return;

            Interlocked.Decrement(ref _calling);
        }
    }

    public void Passed() => Interlocked.Decrement(ref _calling);

    public async Task BeginAsync()
    {
        _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (Volatile.Read(ref _calling) > 0)
            await Stopwatch.PauseAsync(Look);
    }

    public void End() => _open.TrySetResult();

    private static TaskCompletionSource Opened()
    {
        var opened = new TaskCompletionSource();
        opened.SetResult();
        return opened;
    }
}
