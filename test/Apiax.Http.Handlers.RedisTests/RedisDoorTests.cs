using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>Settings are looked at when the host starts, and Redis is not.</summary>
[TestFixture]
internal sealed class RedisDoorTests
{
    [TestCaseSource(nameof(Wrong))]
    public async Task The_host_does_not_start_with(string name, Action<IServiceCollection> configure)
    {
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(configure));
        Assert.That(failure!.Failures, Has.Some.Contain(name));
    }

    [TestCaseSource(nameof(Right))]
    public async Task The_host_starts_with(string name, Action<IServiceCollection> configure) => await StartAsync(configure);

    [TestCase("")]
    [TestCase(" ")]
    [TestCase("abortConnect=false")]
    [TestCase("redis:6379,nonsense=1")]
    public void No_Redis_configuration(string configuration) =>
        Assert.That(() => new ServiceCollection().AddApiaxRedisTokenStore(configuration), Throws.InstanceOf<ArgumentException>());

    private static IEnumerable<TestCaseData> Wrong()
    {
        yield return Case("IDataProtectionProvider", services => services.AddApiaxRedisTokenStore("127.0.0.1:1"));
        yield return Case("IConnectionMultiplexer", services => services.AddSingleton<IDataProtectionProvider>(new EphemeralDataProtectionProvider()).AddApiaxRedisTokenStore());
        yield return Case("Timeout (00:00:03)", services => services.AddApiaxRedisTokenStore("127.0.0.1:1", options => options.Timeout = TimeSpan.FromSeconds(3)));
        yield return Case("Timeout (00:00:00)", services => services.AddApiaxRedisTokenStore("127.0.0.1:1", options => options.Timeout = default));
        foreach (var prefix in new[] { "", "a b", "{a}", new string('a', 65), null! })
            yield return Case("KeyPrefix", services => services.AddApiaxRedisTokenStore("127.0.0.1:1", options => options.KeyPrefix = prefix));
    }

    private static IEnumerable<TestCaseData> Right()
    {
        yield return Case("tokens in clear, when allowed", services => services.AddApiaxRedisTokenStore("127.0.0.1:1", options => options.AllowUnencrypted = true));
        yield return Case("a connection that cannot be made", services => services.AddSingleton<IDataProtectionProvider>(new EphemeralDataProtectionProvider())
            .AddSingleton<IConnectionMultiplexer>(_ => throw new InvalidOperationException("not now")).AddApiaxRedisTokenStore());
    }

    private static TestCaseData Case(string name, Action<IServiceCollection> configure) => new TestCaseData(name, configure).SetArgDisplayNames(name);

    private static async Task StartAsync(Action<IServiceCollection> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddHttpClient().AddApiaxAuth(options => (options.Username, options.Password) = ("anna", "right"));
        configure(builder.Services);
        using var host = builder.Build();
        await host.StartAsync();
        await host.StopAsync();
    }
}
