using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>A client of the factory, in its own container, that calls the server.</summary>
internal sealed class LoopbackClient : IDisposable
{
    private const string Name = "rules";

    private readonly ServiceProvider _services;
    private readonly HttpClient _http;

    /// <param name="configure">What the contender adds to the client.</param>
    public LoopbackClient(Action<IHttpClientBuilder>? configure = null)
    {
        var services = new ServiceCollection();
        var builder = services.AddHttpClient(Name);
        configure?.Invoke(builder);
        _services = services.BuildServiceProvider();
        _http = _services.GetRequiredService<IHttpClientFactory>().CreateClient(Name);
    }

    /// <summary>With a handler of another library around the primary handler.</summary>
    public static LoopbackClient Before(Func<HttpMessageHandler, DelegatingHandler> create) =>
        new(builder => builder.ConfigurePrimaryHttpMessageHandler(() => create(new SocketsHttpHandler())));

    public static LoopbackClient HardCoded() =>
        new(builder => builder.ConfigureHttpClient(http => http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", SampleToken.Text)));

    public static LoopbackClient HandWritten(Uri tokenEndpoint) =>
        new(builder => builder.AddHttpMessageHandler(() => new HandWrittenHandler(tokenEndpoint, new SocketsHttpHandler())));

    public static LoopbackClient Ours(Realm realm, Uri? api = null, Action<ApiaxAuthOptions>? configure = null) => new(builder => builder.AddApiaxAuth(options =>
    {
        realm.Configure(options);
        if (api is not null)
            options.ApiHosts.Add(api.Authority);

        configure?.Invoke(options);
    }));

    public async Task<HttpStatusCode> CallAsync(Uri uri, Version version)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri) { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await _http.SendAsync(request);
        return response.StatusCode;
    }

    /// <summary>Sends a number of calls, a number of them at a time.</summary>
    public Task CallAsync(int calls, int atOnce, Uri uri, Version version) => RepeatAsync(calls, atOnce, uri, () => CallAsync(uri, version));

    /// <summary>Sends a number of calls with a body, a number of them at a time.</summary>
    public Task PostAsync(int calls, int atOnce, Uri uri, Func<HttpContent> content) => RepeatAsync(calls, atOnce, uri, async () =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = content() };
        using var response = await _http.SendAsync(request);
        return response.StatusCode;
    });

    public void Dispose()
    {
        _http.Dispose();
        _services.Dispose();
    }

    private static Task RepeatAsync(int calls, int atOnce, Uri uri, Func<Task<HttpStatusCode>> callAsync)
    {
        return Task.WhenAll(Enumerable.Range(0, Math.Min(atOnce, calls)).Select(_ => WorkAsync()));

        async Task WorkAsync()
        {
            while (Interlocked.Decrement(ref calls) >= 0)
            {
                var status = await callAsync();
                if (status is not HttpStatusCode.OK)
                    throw new InvalidOperationException($"{uri} answered {status}.");
            }
        }
    }
}
