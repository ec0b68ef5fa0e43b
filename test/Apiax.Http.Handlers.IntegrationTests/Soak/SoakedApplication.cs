using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>The application in the soak: one registration, clients of the factory, all connections over TLS and through the proxies.</summary>
internal sealed class SoakedApplication : IAsyncDisposable
{
    // The factory creates new handlers every few seconds, instead of every few minutes in a process that runs for weeks.
    private static readonly TimeSpan HandlerLifetime = TimeSpan.FromSeconds(10);

    private readonly ServiceProvider _services;
    private readonly IHttpClientFactory _clients;
    private readonly Uri _api;

    public SoakedApplication(AuthorizationServer server, FaultProxy tokens, FaultProxy api, Stranger stranger, TimeProvider clock)
    {
        var services = new ServiceCollection();
        services.AddSingleton(clock);
        services.AddApiaxAuth(options =>
        {
            options.TokenEndpoint = new Uri($"https://{tokens.Authority}/{TokenHost.Path}");
            options.Username = server.Username;
            options.Password = server.Password;
            options.ApiHosts.Add(api.Authority);
            options.AttemptTimeout = Attempt;
            options.TokenTimeout = Flight;
            options.ReplaceOnForbidden = true;
        });
        services.ConfigureHttpClientDefaults(client => Trust(client, server.Certificate, stranger.Certificate));
        Trust(services.AddHttpClient(ApiaxAuthDefaults.TokenClientName), server.Certificate);
        _services = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        _clients = _services.GetRequiredService<IHttpClientFactory>();
        _api = new Uri($"https://{api.Authority}");
    }

    /// <summary>The time limit of a token request.</summary>
    public static TimeSpan Attempt { get; } = TimeSpan.FromSeconds(2);

    /// <summary>The time limit of all attempts together.</summary>
    public static TimeSpan Flight { get; } = TimeSpan.FromSeconds(8);

    public HttpClient CreateClient()
    {
        var client = _clients.CreateClient();
        client.BaseAddress = _api;
        client.Timeout = TimeSpan.FromSeconds(20);
        return client;
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static void Trust(IHttpClientBuilder client, params X509Certificate2[] certificates) => client
        .SetHandlerLifetime(HandlerLifetime)
        .ConfigurePrimaryHttpMessageHandler(() =>
        {
            var handler = RawClient.Trusting(certificates);
            handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(4);
            return handler;
        });
}
