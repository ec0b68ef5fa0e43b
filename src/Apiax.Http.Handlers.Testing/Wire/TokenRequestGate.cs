namespace Apiax.Http.Handlers.Testing;

/// <summary>Token requests wait here while a test holds or delays them.</summary>
internal sealed class TokenRequestGate
{
    private readonly object _lock = new();
    private int _holds;
    private TaskCompletionSource _open = Opened();

    public RealTimeDelay Delay { get; } = new(TimeSpan.Zero);

    public IDisposable Hold()
    {
        lock (_lock)
        {
            if (_holds++ == 0)
                _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return new Release(this);
    }

    public async Task PassAsync(CancellationToken cancellationToken)
    {
        Task open;
        lock (_lock)
            open = _open.Task;

        await open.WaitAsync(cancellationToken).ConfigureAwait(false);
        await Delay.PassAsync(cancellationToken).ConfigureAwait(false);
    }

    private static TaskCompletionSource Opened()
    {
        var opened = new TaskCompletionSource();
        opened.SetResult();
        return opened;
    }

    private void ReleaseHold()
    {
        lock (_lock)
        {
            if (--_holds == 0)
                _open.SetResult();
        }
    }

    private sealed class Release(TokenRequestGate gate) : IDisposable
    {
        private TokenRequestGate? _gate = gate;

        public void Dispose() => Interlocked.Exchange(ref _gate, null)?.ReleaseHold();
    }
}
