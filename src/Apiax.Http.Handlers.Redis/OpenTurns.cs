namespace Apiax.Http.Handlers.Redis;

/// <summary>The accounts whose turn this process has, or is asking for.</summary>
internal sealed class OpenTurns
{
    private readonly object _gate = new();
    private readonly HashSet<string> _accounts = new(StringComparer.Ordinal);
    private TaskCompletionSource _none = new();

    public OpenTurns() => _none.SetResult();

    /// <summary>Completes when there are none.</summary>
    public Task None
    {
        get
        {
            lock (_gate)
                return _none.Task;
        }
    }

    public void Begin(string account)
    {
        lock (_gate)
        {
            if (_accounts.Add(account) && _none.Task.IsCompleted)
                _none = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void End(string account)
    {
        lock (_gate)
        {
            if (_accounts.Remove(account) && _accounts.Count == 0)
                _none.SetResult();
        }
    }
}
