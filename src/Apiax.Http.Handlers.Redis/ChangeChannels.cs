using StackExchange.Redis;

namespace Apiax.Http.Handlers.Redis;

/// <summary>One subscription for each account, created by the first waiter; the connection renews it, and it ends with its container.</summary>
internal sealed class ChangeChannels(Func<Task<IConnectionMultiplexer>> connection) : IAsyncDisposable
{
    private readonly object _gate = new();
    private readonly Dictionary<string, Task<AccountChanges>> _changes = new(StringComparer.Ordinal);

    public Task<AccountChanges> Of(string channel)
    {
        lock (_gate)
        {
            if (_changes.TryGetValue(channel, out var known) && (!known.IsCompleted || known.IsCompletedSuccessfully))
                return known;

            var changes = _changes[channel] = SubscribeAsync(channel);
            RedisFailure.Observe(changes);
            return changes;
        }
    }

    /// <summary>
    /// Published by the client, not by a script, so that it gets the same channel prefix as the subscription. It is not awaited: it only wakes waiters.
    /// </summary>
    public void Publish(string channel, long version)
    {
        RedisFailure.Observe(PublishAsync());

        async Task PublishAsync()
        {
            var redis = await connection().ConfigureAwait(false);
            await redis.GetSubscriber().PublishAsync(RedisChannel.Literal(channel), version, CommandFlags.FireAndForget).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync()
    {
        List<KeyValuePair<string, Task<AccountChanges>>> subscribed;
        lock (_gate)
            subscribed = [.. _changes];

        foreach (var (channel, changes) in subscribed)
            RedisFailure.Observe(EndAsync(channel, changes));

        return default;

        // A subscription that is still pending ends later.
        async Task EndAsync(string channel, Task<AccountChanges> changes) => await UnsubscribeAsync(channel, await changes.ConfigureAwait(false)).ConfigureAwait(false);
    }

    private async Task<AccountChanges> SubscribeAsync(string channel)
    {
        var changes = new AccountChanges();
        var redis = await connection().ConfigureAwait(false);
        try
        {
            await redis.GetSubscriber().SubscribeAsync(RedisChannel.Literal(channel), changes.Handler).ConfigureAwait(false);
            return changes;
        }
        catch
        {
            // The client keeps the callback of a subscription that failed.
            RedisFailure.Observe(UnsubscribeAsync(channel, changes));
            throw;
        }
    }

    /// <summary>Only this container's subscription: another container with the same connection may have subscribed to the channel, too.</summary>
    private async Task UnsubscribeAsync(string channel, AccountChanges changes)
    {
        var redis = await connection().ConfigureAwait(false);
        await redis.GetSubscriber().UnsubscribeAsync(RedisChannel.Literal(channel), changes.Handler, CommandFlags.FireAndForget).ConfigureAwait(false);
    }
}
