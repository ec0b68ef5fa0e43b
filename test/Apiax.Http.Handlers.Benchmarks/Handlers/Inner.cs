using System.Net;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>When the inner handler has its answer.</summary>
public enum Answer
{
    /// <summary>Before it returns: a cache, a stub.</summary>
    AtOnce,

    /// <summary>Later: every real send.</summary>
    Later,
}

/// <summary>Replaces the network.</summary>
internal sealed class Inner(Answer answer) : HttpMessageHandler
{
    private readonly HttpResponseMessage _response = new(HttpStatusCode.OK);
    private TaskCompletionSource<HttpResponseMessage>? _waiting;
    private Task<HttpResponseMessage>? _answered;

    /// <summary>Answers the waiting request, if any; the code that awaits it continues within this call.</summary>
    public void Complete() => Interlocked.Exchange(ref _waiting, value: null)?.SetResult(_response);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (answer is Answer.AtOnce)
            return _answered ??= Task.FromResult(_response);

        var waiting = new TaskCompletionSource<HttpResponseMessage>();
        Volatile.Write(ref _waiting, waiting);
        return waiting.Task;
    }
}
