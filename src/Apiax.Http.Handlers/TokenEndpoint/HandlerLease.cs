namespace Apiax.Http.Handlers;

/// <summary>The use of a handler for one request. Disposing of it ends the use, and leaves the handler to its owner.</summary>
internal sealed class HandlerLease(HttpMessageHandler handler, Action? ended = null) : DelegatingHandler(handler)
{
    private Action? _ended = ended;

    protected override void Dispose(bool disposing)
    {
        // False leaves the inner handler alone.
        base.Dispose(disposing: false);
        Interlocked.Exchange(ref _ended, null)?.Invoke();
    }
}
