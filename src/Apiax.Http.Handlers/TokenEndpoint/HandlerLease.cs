namespace Apiax.Http.Handlers;

/// <summary>The use of a handler for one request. Disposing it ends the use but does not dispose the handler.</summary>
internal sealed class HandlerLease(HttpMessageHandler handler, Action? onEnd = null) : DelegatingHandler(handler)
{
    private Action? _onEnd = onEnd;

    protected override void Dispose(bool disposing)
    {
        // False, so that the inner handler is not disposed.
        base.Dispose(disposing: false);
        Interlocked.Exchange(ref _onEnd, null)?.Invoke();
    }
}
