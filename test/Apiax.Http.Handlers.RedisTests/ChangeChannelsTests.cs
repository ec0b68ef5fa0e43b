using Apiax.Http.Handlers.Redis;
using StackExchange.Redis;

namespace Apiax.Http.Handlers.RedisTests;

[TestFixture]
internal sealed class ChangeChannelsTests
{
    [Test]
    public async Task A_subscription_that_fails_leaves_no_handler_in_the_connection()
    {
        var handlers = new List<Delegate>();
        var connection = Fake.Of<IConnectionMultiplexer>((method, _) => method is "GetSubscriber" ? Fake.Of<ISubscriber>(CallSubscriber) : null);
        await using var channels = new ChangeChannels(() => Task.FromResult(connection));

        for (var attempt = 0; attempt < 3; attempt++)
            Assert.That(async () => await channels.Of("channel"), Throws.TypeOf<RedisTimeoutException>());

        Assert.That(handlers, Is.Empty);

        // Like the client: it keeps the handler, and then sends the command.
        object? CallSubscriber(string method, object?[] arguments)
        {
            if (method is "UnsubscribeAsync")
                handlers.Remove((Delegate)arguments[1]!);
            if (method is not "SubscribeAsync")
                return Task.CompletedTask;

            handlers.Add((Delegate)arguments[1]!);
            return Task.FromException(new RedisTimeoutException("no answer", CommandStatus.Sent));
        }
    }

    [Test]
    public async Task A_subscription_that_is_pending_at_the_end_of_the_container_is_ended()
    {
        var (subscribing, calls) = (new TaskCompletionSource(), new List<string>());
        var connection = Fake.Of<IConnectionMultiplexer>((_, _) => Fake.Of<ISubscriber>((method, _) =>
        {
            calls.Add(method);
            return method is "SubscribeAsync" ? subscribing.Task : Task.CompletedTask;
        }));
        var channels = new ChangeChannels(() => Task.FromResult(connection));
        var pending = channels.Of("channel");
        await channels.DisposeAsync();
        subscribing.SetResult();
        await pending;

        Assert.That(() => calls, Is.EqualTo(["SubscribeAsync", "UnsubscribeAsync"]).After(10_000, 10));
    }

    [Test]
    public async Task A_connection_that_is_already_disposed_does_not_fail_the_end_of_the_container()
    {
        var connection = Fake.Of<IConnectionMultiplexer>((_, _) => Fake.Of<ISubscriber>((method, _) => method is "SubscribeAsync" ? Task.CompletedTask : throw new ObjectDisposedException("connection")));
        var channels = new ChangeChannels(() => Task.FromResult(connection));
        await channels.Of("channel");

        Assert.That(async () => await channels.DisposeAsync(), Throws.Nothing);
    }
}
