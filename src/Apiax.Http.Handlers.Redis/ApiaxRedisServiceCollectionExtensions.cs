using Apiax.Http.Handlers;
using Apiax.Http.Handlers.Redis;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Shares Apiax tokens between the replicas of a service, through Redis.</summary>
public static class ApiaxRedisServiceCollectionExtensions
{
    /// <summary>Shares one token and one login for each account between all replicas, through the application's <see cref="IConnectionMultiplexer"/>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Changes the settings; optional.</param>
    /// <returns><paramref name="services"/>.</returns>
    /// <remarks>
    /// Entries are encrypted with the application's <see cref="IDataProtectionProvider"/>. Without one the host does not start, unless
    /// <see cref="ApiaxRedisTokenStoreOptions.AllowUnencrypted"/> is set. If Redis is unavailable, the application continues: each process then gets its own tokens.
    /// If the store is registered several times, the last registration counts, with the settings of all.
    /// </remarks>
    /// <example>
    /// All replicas use the same data protection keys; here they are in a folder that all of them see.
    /// <code>
    /// builder.Services.AddSingleton&lt;IConnectionMultiplexer&gt;(_ => ConnectionMultiplexer.Connect("redis:6379,abortConnect=false"));
    /// builder.Services.AddDataProtection().PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(builder.Environment.ContentRootPath, "keys"))).SetApplicationName("rules");
    /// builder.Services.AddHttpClient().AddApiaxAuth();
    /// builder.Services.AddApiaxRedisTokenStore();
    /// </code>
    /// </example>
    public static IServiceCollection AddApiaxRedisTokenStore(this IServiceCollection services, Action<ApiaxRedisTokenStoreOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.RemoveAll<RedisConnection>();
        return services.AddStore(configure);
    }

    /// <summary>Shares tokens and logins between all replicas, through a separate connection.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">
    /// A <see href="https://stackexchange.github.io/StackExchange.Redis/Configuration">StackExchange.Redis configuration</see>: <c>redis:6379,password=…</c>.
    /// <c>abortConnect</c> is always off.
    /// </param>
    /// <param name="configure">Changes the settings; optional.</param>
    /// <returns><paramref name="services"/>.</returns>
    /// <exception cref="ArgumentException"><paramref name="configuration"/> is not a valid configuration, or is a URL.</exception>
    /// <example>
    /// All replicas use the same data protection keys; here they are in a folder that all of them see.
    /// <code>
    /// builder.Services.AddDataProtection().PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(builder.Environment.ContentRootPath, "keys"))).SetApplicationName("rules");
    /// builder.Services.AddHttpClient().AddApiaxAuth();
    /// builder.Services.AddApiaxRedisTokenStore("redis:6379");
    /// </code>
    /// </example>
    public static IServiceCollection AddApiaxRedisTokenStore(this IServiceCollection services, string configuration, Action<ApiaxRedisTokenStoreOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(configuration);
        RedisConnection.Parse(configuration);
        services.RemoveAll<RedisConnection>();
        services.AddSingleton(_ => new RedisConnection(configuration));
        return services.AddStore(configure);
    }

    private static IServiceCollection AddStore(this IServiceCollection services, Action<ApiaxRedisTokenStoreOptions>? configure)
    {
        services.AddOptions<ApiaxRedisTokenStoreOptions>().Configure(options => configure?.Invoke(options)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ApiaxRedisTokenStoreOptions>, ApiaxRedisTokenStoreOptionsValidator>());
        services.AddLogging();
        services.TryAddSingleton<OpenTurns>();
        services.TryAddSingleton(provider => new ShutdownBarrier(provider.GetRequiredService<OpenTurns>(), TimeOf(provider)));
        services.AddSingleton<ITokenStore>(provider => new RedisTokenStore(
            ConnectionOf(provider),
            new EntryProtection(provider.GetService<IDataProtectionProvider>()),
            provider.GetRequiredService<IOptions<ApiaxRedisTokenStoreOptions>>().Value,
            provider.GetRequiredService<OpenTurns>(),
            TimeOf(provider),
            provider.GetRequiredService<ILogger<RedisTokenStore>>()));
        return services;
    }

    private static Func<Task<IConnectionMultiplexer>> ConnectionOf(IServiceProvider services)
    {
        if (services.GetService<RedisConnection>() is { } own)
        {
            // Started now; the first call to the store waits for it, so that it does not delay the start of the process.
            _ = own.BeginAsync();
            return own.GetAsync;
        }

        return new ApplicationConnection(services).GetAsync;
    }

    private static TimeProvider TimeOf(IServiceProvider services) => services.GetService<TimeProvider>() ?? TimeProvider.System;
}
