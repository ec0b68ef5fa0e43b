using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests;

/// <summary>An application: a container with everything logged, a token endpoint, and one API behind all its clients.</summary>
internal sealed class App : IAsyncDisposable
{
    private readonly Lazy<ServiceProvider> _provider;

    public App(Action<IServiceCollection> configure)
    {
        Services.AddSingleton<TimeProvider>(Time);
        Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Logs));
        configure(Services);
        Services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => Endpoint);
        Services.ConfigureHttpClientDefaults(client => client.ConfigurePrimaryHttpMessageHandler(() => Api));
        _provider = new(() => Services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true }));
    }

    public ServiceCollection Services { get; } = [];

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public TokenEndpointStub Endpoint { get; } = new();

    public ApiStub Api { get; } = new();

    public LogBook Logs { get; } = new();

    public ServiceProvider Provider => _provider.Value;

    public IApiaxAccessTokenProvider Tokens => Provider.GetRequiredService<IApiaxAccessTokenProvider>();

    /// <summary>An account that needs no more settings.</summary>
    public static void Anna(ApiaxAuthOptions options)
    {
        options.Username = "anna";
        options.Password = "right";
    }

    public static void Ben(ApiaxAuthOptions options)
    {
        options.Username = "ben";
        options.Password = "right";
    }

    public static IConfigurationRoot Configuration(params (string Key, string? Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value))).Build();

    public HttpClient Client(string name = "rules") => Provider.GetRequiredService<IHttpClientFactory>().CreateClient(name);

    public async Task<HttpStatusCode> GetAsync(string client = "rules", string url = "https://api.apiax.io/rules")
    {
        using var http = Client(client);
        using var response = await http.GetAsync(new Uri(url)).Soon();
        return response.StatusCode;
    }

    /// <summary>The handlers of a client, from the outermost to the primary.</summary>
    public IEnumerable<HttpMessageHandler> Handlers(string client = "rules")
    {
        var handler = Provider.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(client);
        while (true)
        {
            yield return handler;
            if (handler is not DelegatingHandler { InnerHandler: { } inner })
                yield break;

            handler = inner;
        }
    }

    /// <summary>Sends a body that cannot be sent twice.</summary>
    public async Task<HttpStatusCode> PostStreamAsync(string url = "https://api.apiax.io/rules")
    {
        using var http = Client();
        using var content = new StreamContent(new Bodies.OneWayStream(new byte[new ApiaxAuthOptions().MaxReplayBodySize + 1]));
        using var response = await http.PostAsync(new Uri(url), content).Soon();
        return response.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        Endpoint.Hold?.Open();
        if (_provider.IsValueCreated)
            await _provider.Value.DisposeAsync().AsTask().Soon();

        Endpoint.Dispose();
        Api.Dispose();
        Logs.Dispose();
    }
}
