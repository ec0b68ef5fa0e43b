using Apiax.Http.Handlers.Redis;
using Apiax.Http.Handlers.Testing;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>Settings are validated when the host starts; Redis is not called.</summary>
[TestFixture]
internal sealed class RedisRegistrationTests
{
    [TestCaseSource(nameof(Wrong))]
    public async Task The_host_does_not_start_with(string name, Action<IServiceCollection> configure)
    {
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(configure));
        Assert.That(failure!.Failures, Has.Some.Contain(name));
    }

    [TestCaseSource(nameof(Right))]
    public async Task The_host_starts_with(string name, Action<IServiceCollection> configure) => await StartAsync(configure);

    [TestCaseSource(nameof(Away))]
    public async Task An_application_whose_Redis_is_unavailable_starts_logs_that_once_and_gets_its_own_tokens(string name, string reason, Action<IServiceCollection> configure)
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        using var host = HostOf(apiax.Configure, services => configure(services.AddFakeLogging().AddSingleton<IDataProtectionProvider>(new EphemeralDataProtectionProvider())));
        await host.StartAsync();
        var tokens = host.Services.GetRequiredService<IApiaxAccessTokenProvider>();

        var token = await tokens.GetTokenAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        await tokens.ReplaceTokenAsync(token).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        await host.StopAsync();

        var warnings = host.Services.GetFakeLogCollector().GetSnapshot().Where(entry => entry.Level >= LogLevel.Warning).Select(entry => entry.Message).ToList();
        Assert.That(apiax.TokenRequests, Has.Count.EqualTo(2));
        Assert.That(warnings, Has.Count.EqualTo(1));
        Assert.That(warnings[0], Does.Contain(reason).And.Contain("gets its own tokens"));
    }

    [Test]
    public void A_factory_that_is_still_running_is_not_called_again()
    {
        using var working = new ManualResetEventSlim();
        using var services = new ServiceCollection().AddSingleton<IConnectionMultiplexer>(_ => Refuse(working)).BuildServiceProvider();
        var connection = new ApplicationConnection(services);

        var asked = connection.GetAsync();
        Assert.That(connection.GetAsync(), Is.SameAs(asked));
        working.Set();
        Assert.That(() => asked, Throws.InvalidOperationException);
        Assert.That(connection.GetAsync(), Is.Not.SameAs(asked));
    }

    [TestCase("")]
    [TestCase(" ")]
    [TestCase("abortConnect=false")]
    [TestCase("redis:6379,nonsense=1")]
    public void No_Redis_configuration(string configuration) =>
        Assert.That(() => new ServiceCollection().AddApiaxRedisTokenStore(configuration), Throws.InstanceOf<ArgumentException>());

    [TestCase("redis://user:hidden@localhost:1/0", "URL")]
    [TestCase("rediss://:hidden@localhost:1", "URL")]
    [TestCase("user:hidden@localhost:1", "URL")]
    [TestCase("localhost:1,password=abc,hid@den", "URL")]
    [TestCase("localhost/hidden", "URL")]
    [TestCase("redis://user:hid=den@localhost:1", "not valid")]
    [TestCase("localhost:1,password=abc,hidden=1", "not valid")]
    public void A_Redis_configuration_is_refused_without_being_quoted(string configuration, string reason)
    {
        var failure = Assert.Throws<ArgumentException>(() => new ServiceCollection().AddApiaxRedisTokenStore(configuration));
        Assert.That(failure!.ToString(), Does.Contain(reason).And.Not.Contain("hid").And.Not.Contain("abc"));
    }

    [TestCase("!/var/run/redis.sock")]
    [TestCase("localhost:1,password=a@b/c=")]
    [TestCase("localhost:1,name=a/b, [::1]:2")]
    public void A_Redis_configuration_is_accepted(string configuration) => Assert.That(() => new ServiceCollection().AddApiaxRedisTokenStore(configuration), Throws.Nothing);

    [Test]
    public async Task The_last_registration_of_a_Redis_counts()
    {
        using var redis = RedisServer.Start("garnet");
        using var connection = await ConnectionMultiplexer.ConnectAsync($"{redis.EndPoint},allowAdmin=true");
        await using var apiax = await ApiaxSandbox.StartAsync();
        Action<IServiceCollection>[] overrides =
        [
            services => services.AddApiaxRedisTokenStore("127.0.0.1:1").AddApiaxRedisTokenStore($"{redis.EndPoint}"),
            services => services.AddApiaxRedisTokenStore("127.0.0.1:1").AddSingleton<IConnectionMultiplexer>(connection).AddApiaxRedisTokenStore(),
            services => services.AddSingleton<ITokenStore>(new InMemoryTokenStore()).AddApiaxRedisTokenStore($"{redis.EndPoint}"),
        ];

        foreach (var add in overrides)
        {
            await connection.GetServer(redis.EndPoint).FlushAllDatabasesAsync();
            await using (var app = new StoreApp(apiax, services => add(services.AddSingleton<IDataProtectionProvider>(new EphemeralDataProtectionProvider()))))
                await app.GetTokenAsync();

            Assert.That(connection.GetServer(redis.EndPoint).Keys().Count(), Is.EqualTo(1));
        }
    }

    [TestCase(true, null)]
    [TestCase(false, "IDataProtectionProvider")]
    public void A_container_that_cannot_tell_what_is_registered_needs_no_proof_of_a_connection(bool hasKeys, string? wrong)
    {
        var result = new ApiaxRedisTokenStoreOptionsValidator(new SilentContainer(hasKeys)).Validate(name: null, new ApiaxRedisTokenStoreOptions());

        Assert.That(result.FailureMessage, wrong is null ? Is.Null : Does.Contain(wrong).And.Not.Contain("IConnectionMultiplexer"));
    }

    private static IEnumerable<TestCaseData> Wrong()
    {
        yield return Case("IDataProtectionProvider", services => services.AddApiaxRedisTokenStore("127.0.0.1:1"));
        yield return Case("IConnectionMultiplexer", services => services.AddSingleton<IDataProtectionProvider>(new EphemeralDataProtectionProvider()).AddApiaxRedisTokenStore());
        yield return Case("IConnectionMultiplexer", services => services.AddSingleton<IDataProtectionProvider>(new EphemeralDataProtectionProvider()).AddApiaxRedisTokenStore("127.0.0.1:1").AddApiaxRedisTokenStore());
        yield return Case("Timeout (00:00:03)", services => services.AddApiaxRedisTokenStore("127.0.0.1:1", options => options.Timeout = TimeSpan.FromSeconds(3)));
        yield return Case("Timeout (00:00:00.0990000)", services => services.AddApiaxRedisTokenStore("127.0.0.1:1", options => options.Timeout = TimeSpan.FromMilliseconds(99)));
        foreach (var prefix in new[] { "", "a b", "{a}", new string('a', 65), null! })
            yield return Case("KeyPrefix", services => services.AddApiaxRedisTokenStore("127.0.0.1:1", options => options.KeyPrefix = prefix));
    }

    private static IEnumerable<TestCaseData> Right()
    {
        yield return Case("tokens in clear, when allowed", services => services.AddApiaxRedisTokenStore("127.0.0.1:1", options => options.AllowUnencrypted = true));
        yield return Case("the shortest timeout", services => services.AddApiaxRedisTokenStore("127.0.0.1:1", options => (options.AllowUnencrypted, options.Timeout) = (true, TimeSpan.FromMilliseconds(100))));
        yield return Case("a connection that cannot be made", services => services.AddSingleton<IDataProtectionProvider>(new EphemeralDataProtectionProvider())
            .AddSingleton<IConnectionMultiplexer>(_ => throw new InvalidOperationException("not now")).AddApiaxRedisTokenStore());
    }

    private static IEnumerable<TestCaseData> Away()
    {
        yield return Case("nobody who listens", "Redis cannot be reached", services => services.AddApiaxRedisTokenStore("127.0.0.1:1"));
        yield return Case("a factory that throws", "not now", services => services.AddSingleton<IConnectionMultiplexer>(_ => throw new InvalidOperationException("not now")).AddApiaxRedisTokenStore());
        yield return Case("a factory that blocks", "Redis cannot be reached: no connection within", services => services.AddSingleton<IConnectionMultiplexer>(_ => Refuse(new ManualResetEventSlim())).AddApiaxRedisTokenStore());

        static TestCaseData Case(string name, string reason, Action<IServiceCollection> configure) => new TestCaseData(name, reason, configure).SetArgDisplayNames(name);
    }

    private static TestCaseData Case(string name, Action<IServiceCollection> configure) => new TestCaseData(name, configure).SetArgDisplayNames(name);

    /// <summary>Behaves like a client whose server never answers.</summary>
    private static IConnectionMultiplexer Refuse(ManualResetEventSlim working)
    {
        working.Wait(TimeSpan.FromSeconds(30));
        throw new InvalidOperationException("too late");
    }

    private static async Task StartAsync(Action<IServiceCollection> configure)
    {
        using var host = HostOf(options => (options.Username, options.Password) = ("anna", "right"), configure);
        await host.StartAsync();
        await host.StopAsync();
    }

    private static IHost HostOf(Action<ApiaxAuthOptions> account, Action<IServiceCollection> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddHttpClient().AddApiaxAuth(account);
        configure(builder.Services);
        return builder.Build();
    }

    private sealed class SilentContainer(bool hasKeys) : IServiceProvider
    {
        public object? GetService(Type serviceType) => hasKeys && serviceType == typeof(IDataProtectionProvider) ? new EphemeralDataProtectionProvider() : null;
    }
}
