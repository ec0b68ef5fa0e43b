using BenchmarkDotNet.Attributes;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>Goal 7: one provider, called by many threads at once.</summary>
[MemoryDiagnoser]
public class ThreadBenchmarks : IDisposable
{
    /// <summary>Of all threads together.</summary>
    public const int Calls = 128_000;

    private ApiaxAccessTokenProvider _tokens = null!;
    private Barrier? _barrier;
    private volatile bool _isOver;

    [Params(1, 2, 4, 8, 16, 32, 64)]
    public int Threads { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _tokens = ApiaxAccessTokens.Create(new ApiaxAuthOptions { Username = "anna", Password = "secret" }, handler: new TokenStub());
        await _tokens.GetTokenAsync();
        _barrier = new Barrier(Threads + 1);
        for (var i = 0; i < Threads; i++)
            new Thread(Work) { IsBackground = true }.Start();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    [Benchmark(OperationsPerInvoke = Calls)]
    public void GetToken()
    {
        _barrier!.SignalAndWait();
        _barrier.SignalAndWait();
    }

    protected virtual void Dispose(bool disposing)
    {
        if (_barrier is null || _isOver)
            return;

        _isOver = true;
        _barrier.SignalAndWait();
    }

    private void Work()
    {
        while (true)
        {
            _barrier!.SignalAndWait();
            if (_isOver)
                return;

            for (var i = 0; i < Calls / Threads; i++)
                Expect(_tokens.GetTokenAsync());

            _barrier.SignalAndWait();
        }
    }

    private static void Expect(ValueTask<ApiaxAccessToken> token)
    {
        if (!token.IsCompletedSuccessfully)
            throw new InvalidOperationException("Nobody waits for a token that is there.");
    }
}
