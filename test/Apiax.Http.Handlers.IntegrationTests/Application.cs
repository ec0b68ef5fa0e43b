using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>An application that uses the library as its users do: a container, one registration, clients of the factory.</summary>
internal sealed class Application : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private Application(ServiceProvider services, Uri api)
    {
        _services = services;
        Api = services.GetRequiredService<IHttpClientFactory>().CreateClient();
        Api.BaseAddress = api;
        Api.Timeout = TimeSpan.FromSeconds(30);
    }

    /// <summary>A client of the API.</summary>
    public HttpClient Api { get; }

    public static Application Of(AuthorizationServer server, TimeProvider time, Action<ApiaxAuthOptions>? configure = null) =>
        Create(time, server.ApiBaseAddress, services => services.AddApiaxAuth(options =>
        {
            options.TokenEndpoint = server.TokenEndpoint;
            options.Username = server.Username;
            options.Password = server.Password;
            options.ApiHosts.Add(server.ApiBaseAddress.Authority);
            configure?.Invoke(options);
        }));

    public static Application Create(TimeProvider time, Uri api, Action<IServiceCollection> addServices)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(time);
        addServices(services);
        return new Application(services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true }), api);
    }

    public async Task<int> GetRulesAsync()
    {
        using var response = await Api.GetAsync(new Uri("rules", UriKind.Relative));
        return (int)response.StatusCode;
    }

    /// <summary>Many calls at once.</summary>
    public Task<int[]> GetRulesAsync(int calls) => Task.WhenAll(Enumerable.Range(0, calls).Select(_ => GetRulesAsync()));

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await _services.DisposeAsync();
    }
}
