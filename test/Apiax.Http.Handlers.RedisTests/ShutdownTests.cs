using Apiax.Http.Handlers.Testing;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>An application ends in the middle of a refresh: it has the only refresh token.</summary>
[TestFixtureSource(typeof(RedisServer), nameof(RedisServer.Kinds))]
internal sealed class ShutdownTests(string kind)
{
    private static readonly EphemeralDataProtectionProvider Keys = new();

    [TestCase("a connection of the store's own")]
    [TestCase("the application's, made by a factory")]
    [TestCase("the application's, an instance")]
    public async Task The_result_of_a_turn_is_saved_before_the_connection_is_closed(string registration)
    {
        using var redis = RedisServer.Start(kind);
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var instance = await ConnectionMultiplexer.ConnectAsync($"{redis.EndPoint}");
        var first = new StoreApp(apiax, services => _ = registration switch
        {
            "the application's, made by a factory" => Encrypted(services).AddSingleton<IConnectionMultiplexer>(_ => ConnectionMultiplexer.Connect($"{redis.EndPoint}")).AddApiaxRedisTokenStore(),
            "the application's, an instance" => Encrypted(services).AddSingleton<IConnectionMultiplexer>(instance).AddApiaxRedisTokenStore(),
            _ => Encrypted(services).AddApiaxRedisTokenStore($"{redis.EndPoint}"),
        });
        using var hold = apiax.HoldTokenRequests();
        var asking = first.GetTokenAsync();
        await apiax.TokenRequestsArrivedAsync(1);

        // Services are disposed on this thread until one of them has to wait.
        var ending = first.DisposeAsync().AsTask();
        Assert.That(ending.IsCompleted, Is.False);
        hold.Dispose();
        await ending;
        await asking;

        await using var second = new StoreApp(apiax, $"{redis.EndPoint}", Keys);
        await second.GetTokenAsync();
        Assert.That((apiax.Logins, second.Warnings), Is.EqualTo((1, Array.Empty<string>())));
    }

    private static IServiceCollection Encrypted(IServiceCollection services) => services.AddSingleton<IDataProtectionProvider>(Keys);
}
