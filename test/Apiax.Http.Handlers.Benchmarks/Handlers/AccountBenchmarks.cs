using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>Goal 7: a container with many accounts, one for each client.</summary>
[MemoryDiagnoser]
public class AccountBenchmarks : IDisposable
{
    private static readonly Uri Rules = new("https://api.apiax.io/rules");

    private ServiceProvider? _services;
    private HttpMessageInvoker[] _clients = [];
    private int _next;

    [Params(1, 10, 1000)]
    public int Accounts { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        var services = new ServiceCollection();
        services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => new TokenStub());
        var names = Enumerable.Range(0, Accounts).Select(i => $"client {i}").ToArray();
        foreach (var name in names)
        {
            services.AddHttpClient(name)
                .ConfigurePrimaryHttpMessageHandler(() => new Inner(Answer.AtOnce))
                .AddApiaxAuth(options => (options.Username, options.Password) = (name, "secret"));
        }

        _services = services.BuildServiceProvider();
        var handlers = _services.GetRequiredService<IHttpMessageHandlerFactory>();
        _clients = [.. names.Select(name => new HttpMessageInvoker(handlers.CreateHandler(name), disposeHandler: false))];
        foreach (var client in _clients)
            await SendAsync(client);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>One of the accounts, again and again.</summary>
    [Benchmark]
    public Task One() => SendAsync(_clients[Accounts / 2]);

    /// <summary>All of them, one after the other: with many, none is in the processor's cache any more.</summary>
    [Benchmark]
    public Task EachInTurn() => SendAsync(_clients[_next = (_next + 1) % _clients.Length]);

    protected virtual void Dispose(bool disposing) => _services?.Dispose();

    private static Task<HttpResponseMessage> SendAsync(HttpMessageInvoker client) => client.SendAsync(new HttpRequestMessage(HttpMethod.Get, Rules), CancellationToken.None);
}
