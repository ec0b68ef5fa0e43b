using Apiax.Http.Handlers.Testing;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>An application with the store, in this process.</summary>
internal sealed class StoreApp : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public StoreApp(ApiaxSandbox apiax, string redis, IDataProtectionProvider? keys = null)
        : this(apiax, services => services.AddSingleton(keys ?? new EphemeralDataProtectionProvider()).AddApiaxRedisTokenStore(redis))
    {
    }

    /// <param name="apiax">Its Apiax.</param>
    /// <param name="addStore">Adds the store and its encryption.</param>
    public StoreApp(ApiaxSandbox apiax, Action<IServiceCollection> addStore)
    {
        var services = new ServiceCollection();
        services.AddFakeLogging();
        services.AddHttpClient().AddApiaxAuth(apiax.Configure);
        addStore(services);
        _services = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
    }

    public ITokenStore Store => _services.GetRequiredService<ITokenStore>();

    public IReadOnlyList<string> Warnings => [.. _services.GetFakeLogCollector().GetSnapshot().Where(entry => entry.Level >= Microsoft.Extensions.Logging.LogLevel.Warning).Select(entry => entry.Message)];

    /// <summary>All entries at all levels, with their exceptions.</summary>
    public string WholeLog => string.Join('\n', _services.GetFakeLogCollector().GetSnapshot().Select(entry => $"{entry.Message} {entry.Exception}"));

    public Task<ApiaxAccessToken> GetTokenAsync() => _services.GetRequiredService<IApiaxAccessTokenProvider>().GetTokenAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    public Task<ApiaxAccessToken?> ReplaceAsync(ApiaxAccessToken rejected) => _services.GetRequiredService<IApiaxAccessTokenProvider>().ReplaceTokenAsync(rejected).AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
