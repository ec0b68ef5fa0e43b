using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Apiax.Http.Handlers.Redis;

/// <summary>
/// The application's connection. Its factory may block until it has one, or throw: it runs with the first call to the store and not with the first
/// client, on a thread of the pool, and again only when it has failed.
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
        services.GetRequiredService<LastSave>();
        return redis;
    }
}
