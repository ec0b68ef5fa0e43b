namespace Apiax.Http.Handlers.Redis;

/// <summary>
/// A container disposes last of what it made first, and an application's connection is made after the first client: it would be closed while a turn
/// has the account's only refresh token in hand. This is made after the connection, so it is disposed of before, and waits until the turns have been committed.
/// </summary>
internal sealed class LastSave(OpenTurns turns, TimeProvider time) : IAsyncDisposable, IDisposable
{
    // What a turn is given when its process ends.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async ValueTask DisposeAsync() => await Task.WhenAny(turns.OverAsync(), Task.Delay(Patience, time)).ConfigureAwait(false);

    public void Dispose()
    {
        // A container that is disposed of synchronously accepts no service that can only be disposed of asynchronously; it waits for nobody.
    }
}

/// <summary>The accounts whose turn this process has, or requests.</summary>
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

    /// <summary>Completes when there are none.</summary>
    public Task OverAsync()
    {
        lock (_gate)
            return _accounts.Count == 0 ? Task.CompletedTask : (_over ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }
}
