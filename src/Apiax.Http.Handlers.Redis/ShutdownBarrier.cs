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

/// <summary>The owners in this process that have or request a turn.</summary>
internal sealed class OpenTurns
{
    private readonly object _gate = new();
    private readonly HashSet<string> _owners = new(StringComparer.Ordinal);
    private TaskCompletionSource? _over;

    public void Begin(string owner)
    {
        lock (_gate)
            _owners.Add(owner);
    }

    public void End(string owner)
    {
        lock (_gate)
        {
            if (_owners.Remove(owner) && _owners.Count == 0)
                _over?.TrySetResult();
        }
    }

    /// <summary>Completes when there are no open turns.</summary>
    public Task OverAsync()
    {
        lock (_gate)
            return _owners.Count == 0 ? Task.CompletedTask : (_over ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }
}
