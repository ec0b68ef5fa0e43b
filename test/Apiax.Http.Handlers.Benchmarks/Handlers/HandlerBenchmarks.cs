using BenchmarkDotNet.Attributes;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>Goal 1: one request through a handler, without a network.</summary>
[MemoryDiagnoser]
public class HandlerBenchmarks : IDisposable
{
    private static readonly Uri Rules = new("https://api.apiax.io/rules");

    private readonly Dictionary<string, HttpMessageInvoker> _peers = new(StringComparer.Ordinal);
    private Inner _inner = null!;
    private HttpMessageInvoker _noAuth = null!;
    private HttpMessageInvoker _floor = null!;
    private HttpMessageInvoker _lookingFloor = null!;
    private HttpMessageInvoker _hardCoded = null!;
    private HttpMessageInvoker _handWritten = null!;
    private HttpMessageInvoker _ours = null!;
    private AzurePipeline _azure = null!;

    [Params(Answer.AtOnce, Answer.Later)]
    public Answer Inner { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _inner = new Inner(Inner);
        _noAuth = new HttpMessageInvoker(_inner);
        _floor = new HttpMessageInvoker(new FloorHandler { InnerHandler = _inner });
        _lookingFloor = new HttpMessageInvoker(new LookingFloorHandler { InnerHandler = _inner });
        _hardCoded = new HttpMessageInvoker(new HardCodedHandler { InnerHandler = _inner });
        _handWritten = new HttpMessageInvoker(new HandWrittenHandler(Contenders.TokenEndpoint, new TokenStub()) { InnerHandler = _inner });

        var options = new ApiaxAuthOptions { Username = "anna", Password = "secret" };
        var tokens = ApiaxAccessTokens.Create(options, handler: new TokenStub());
        await tokens.GetTokenAsync();
        _ours = new HttpMessageInvoker(new BearerTokenHandler(tokens, options) { InnerHandler = _inner });

        _azure = new AzurePipeline(_inner);
        foreach (var (name, create) in Contenders.Peers)
            _peers[name] = new HttpMessageInvoker(create(_inner));
    }

    [GlobalCleanup]
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public Task NoAuth() => SendAsync(_noAuth);

    [Benchmark(Baseline = true)]
    public Task Floor() => SendAsync(_floor);

    [Benchmark]
    public Task LookingFloor() => SendAsync(_lookingFloor);

    [Benchmark]
    public Task HardCoded() => SendAsync(_hardCoded);

    [Benchmark]
    public Task HandWritten() => SendAsync(_handWritten);

    [Benchmark]
    public Task Ours() => SendAsync(_ours);

    [Benchmark]
    public Task AzureCore() => CompleteAsync(_azure.SendAsync(Rules).AsTask());

    [Benchmark]
    public Task Google() => SendAsync(_peers[Contenders.Google]);

    [Benchmark]
    public Task Kiota() => SendAsync(_peers[Contenders.Kiota]);

    [Benchmark]
    public Task Msal() => SendAsync(_peers[Contenders.Msal]);

    [Benchmark]
    public Task OidcClient() => SendAsync(_peers[Contenders.Oidc]);

    // All have the same inner handler, and nothing else to dispose.
    protected virtual void Dispose(bool disposing) => _noAuth?.Dispose();

    private Task SendAsync(HttpMessageInvoker client) => CompleteAsync(client.SendAsync(new HttpRequestMessage(HttpMethod.Get, Rules), CancellationToken.None));

    private Task CompleteAsync(Task sending)
    {
        // It repeats only for a contender that changes threads before it sends.
        do
            _inner.Complete();
        while (!sending.IsCompleted);
        return sending;
    }
}
