using StackExchange.Redis;

namespace Apiax.Http.Handlers.Redis;

/// <summary>One subscription for each account, made by the first who waits; the connection renews it.</summary>
internal sealed class ChangeChannels(Func<Task<IConnectionMultiplexer>> connection)
{
    private readonly object _gate = new();
    private readonly Dictionary<string, Task<AccountChanges>> _changes = new(StringComparer.Ordinal);

    public Task<AccountChanges> Of(string channel)
    {
        lock (_gate)
        {
            return _changes.TryGetValue(channel, out var changes) && !changes.IsFaulted ? changes : _changes[channel] = SubscribeAsync(channel);
        }
    }

    private async Task<AccountChanges> SubscribeAsync(string channel)
    {
        var changes = new AccountChanges();
        var redis = await connection().ConfigureAwait(false);
        await redis.GetSubscriber().SubscribeAsync(RedisChannel.Literal(channel), (_, version) => changes.Tell(version.TryParse(out long number) ? number : 0)).ConfigureAwait(false);
        return changes;
    }
}
