namespace Apiax.Http.Handlers.Redis;

/// <summary>
/// A container disposes its services in reverse order of creation. The application's connection is created after the first client, so it would be closed while a turn
/// holds the account's only refresh token. This object is created after the connection, so it is disposed before it, and waits until the turns are committed.
/// </summary>
internal sealed class ShutdownBarrier(OpenTurns turns, TimeProvider time) : IAsyncDisposable, IDisposable
{
    // How long it waits for a turn when the process ends.
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);

    public async ValueTask DisposeAsync() => await Task.WhenAny(turns.OverAsync(), Task.Delay(MaxWait, time)).ConfigureAwait(false);

    public void Dispose()
    {
        // A container that is disposed synchronously throws for a service that is only IAsyncDisposable; here it does not wait.
    }
}

/// <summary>The accounts whose turn this process has or requests.</summary>
internal sealed class OpenTurns
{
    private readonly object _gate = new();
    private readonly HashSet<string> _accounts = new(StringComparer.Ordinal);
    private TaskCompletionSource? _over;

    public void Begin(string account)
    {
        lock (_gate)
            _accounts.Add(account);
    }

    public void End(string account)
    {
        lock (_gate)
        {
            if (_accounts.Remove(account) && _accounts.Count == 0)
                _over?.TrySetResult();
        }
    }

    /// <summary>Completes when there are no open turns.</summary>
    public Task OverAsync()
    {
        lock (_gate)
            return _accounts.Count == 0 ? Task.CompletedTask : (_over ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }
}
