namespace Apiax.Http.Handlers.Testing;

/// <summary>Every token request in the order of arrival, and the callers that wait for requests or their outcomes.</summary>
internal sealed class TokenRequestLog
{
    private readonly object _lock = new();
    private readonly List<SandboxTokenRequest> _requests = [];
    private readonly List<(Func<bool> IsReached, TaskCompletionSource Reached)> _waiting = [];

    public void Add(SandboxTokenRequest request) => Change(() => _requests.Add(request));

    public void Settle(SandboxTokenRequest request, SandboxTokenOutcome outcome, string? error = null) => Change(() => request.Settle(outcome, error));

    public SandboxTokenRequest[] Snapshot()
    {
        lock (_lock)
            return [.. _requests];
    }

    public Task ArrivedAsync(int count, TimeSpan timeout) => CountedAsync(count, _ => true, "arrived", timeout);

    public Task AnsweredAsync(int count, TimeSpan timeout) => CountedAsync(count, request => request.Outcome is not SandboxTokenOutcome.Pending, "had an outcome", timeout);

    private async Task CountedAsync(int count, Func<SandboxTokenRequest, bool> counts, string what, TimeSpan timeout)
    {
        try
        {
            await Reached(() => _requests.Count(counts) >= count).WaitAsync(timeout, TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{Snapshot().Count(counts)} of {count} token requests {what} within {timeout}.", late);
        }
    }

    private Task Reached(Func<bool> isReached)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Change(() => _waiting.Add((isReached, reached)));
        return reached.Task;
    }

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            _waiting.RemoveAll(waiting => waiting.IsReached() && waiting.Reached.TrySetResult());
        }
    }
}
