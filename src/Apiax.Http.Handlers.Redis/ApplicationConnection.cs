using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Apiax.Http.Handlers.Redis;

/// <summary>
/// The application's connection. Its factory may block until it is connected, or throw. So it runs at the first call to the store, not at the first
/// client, on a thread of the pool, and runs again only after a failure.
/// </summary>
internal sealed class ApplicationConnection(IServiceProvider services)
{
    private readonly object _gate = new();
    private Task<IConnectionMultiplexer>? _resolving;

    public Task<IConnectionMultiplexer> GetAsync()
    {
        lock (_gate)
            return _resolving is null or { IsFaulted: true } ? _resolving = Task.Run(Resolve) : _resolving;
    }

    private IConnectionMultiplexer Resolve()
    {
        var redis = services.GetRequiredService<IConnectionMultiplexer>();
        services.GetRequiredService<ShutdownBarrier>();
        return redis;
    }
}
