namespace Apiax.Http.Handlers.Testing;

/// <summary>Every token request in the order of arrival, and the callers that wait for one.</summary>
internal sealed class TokenRequestLog
{
    private readonly object _lock = new();
    private readonly List<SandboxTokenRequest> _requests = [];
    private readonly List<(int Count, TaskCompletionSource Arrived)> _waiting = [];

    public void Add(SandboxTokenRequest request)
    {
        lock (_lock)
        {
            _requests.Add(request);
            _waiting.RemoveAll(waiting => waiting.Count <= _requests.Count && waiting.Arrived.TrySetResult());
        }
    }

    public SandboxTokenRequest[] Snapshot()
    {
        lock (_lock)
            return [.. _requests];
    }

    public async Task ArrivedAsync(int count, TimeSpan timeout)
    {
        try
        {
            await Arrived(count).WaitAsync(timeout, TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{Snapshot().Length} of {count} token requests arrived within {timeout}.", late);
        }
    }

    private Task Arrived(int count)
    {
        lock (_lock)
        {
            var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_requests.Count >= count)
                arrived.SetResult();
            else
                _waiting.Add((count, arrived));
            return arrived.Task;
        }
    }
}
