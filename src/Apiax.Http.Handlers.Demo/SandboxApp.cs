using Apiax.Http.Handlers.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers.Demo;

/// <summary>An application that uses the library, and its own sandbox.</summary>
internal sealed class SandboxApp : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private SandboxApp(ApiaxSandbox apiax, Action<ApiaxAuthOptions> adjust)
    {
        Apiax = apiax;
        apiax.StubApi("/rules", """{"rules":[]}""");

        var services = new ServiceCollection();
        services.AddHttpClient().AddApiaxAuth(options =>
        {
            apiax.Configure(options);
            adjust(options);
        });
        _services = services.BuildServiceProvider();
        Client = _services.GetRequiredService<IHttpClientFactory>().CreateClient("rules");
        Client.BaseAddress = apiax.BaseAddress;
    }

    public ApiaxSandbox Apiax { get; }

    public HttpClient Client { get; }

    public static async Task<SandboxApp> StartAsync(ApiaxSandboxOptions? sandbox = null, Action<ApiaxAuthOptions>? adjust = null) =>
        new(await ApiaxSandbox.StartAsync(sandbox), adjust ?? (_ => { }));

    /// <summary>Sends this number of calls at once; returns how many succeeded.</summary>
    public async Task<int> CallAsync(int times = 1)
    {
        var responses = await Task.WhenAll(Enumerable.Range(0, times).Select(_ => Client.GetAsync("rules")));
        return responses.Count(response => response.IsSuccessStatusCode);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Apiax.DisposeAsync();
    }
}
