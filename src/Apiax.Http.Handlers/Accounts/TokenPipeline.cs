using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>A handler for token requests with its scope. It is disposed when its owner has released it and no request uses it.</summary>
internal sealed class TokenPipeline(HttpMessageHandler handler, IServiceScope? scope, TimeSpan lifetime, ILogger logger)
{
    private int _users = 1;

    public HttpMessageHandler Handler => handler;

    public TimeSpan Lifetime => lifetime;

    /// <summary>Whether the application also uses the handler; it is then not disposed.</summary>
    public bool IsShared { get; set; }

    public HandlerLease Lease()
    {
        Interlocked.Increment(ref _users);
        return new HandlerLease(handler, Release);
    }

    /// <summary>Ends a use. No caller waits for the disposal after the last one: that is the application's code, and may take a minute.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            _ = Task.Run(DisposeAsync);
    }

    /// <summary>Ends the owner's use when the container ends, which waits for the disposal of the handler.</summary>
    public void End()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            _ = DisposeAsync();
    }

    private async Task DisposeAsync()
    {
        try
        {
            if (!IsShared)
                handler.Dispose();
            if (scope is not null)
                await new AsyncServiceScope(scope).DisposeAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The application's code; a token request must not fail because of a handler that it does not need.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            logger.HandlerNotDisposed(exception);
        }
    }
}
