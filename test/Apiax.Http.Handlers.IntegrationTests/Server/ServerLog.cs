using System.Collections.Concurrent;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>A token request as the authorization server saw it: names of parameters, never their values.</summary>
internal sealed record TokenRequest(string? GrantType, IReadOnlyList<string> Parameters, string? Error)
{
    /// <summary>When, as a timestamp of the machine: no clock of a test moves it.</summary>
    public long At { get; } = TimeProvider.System.GetTimestamp();

    /// <summary>The session that it continued or began; null if it was refused.</summary>
    public string? Session { get; init; }

    /// <summary>The id of the access token that was granted.</summary>
    public string? Token { get; init; }

    /// <summary>The declared lifetime, which the server rounds.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>Identifies the refresh token in the request.</summary>
    public int? Presented { get; init; }

    /// <summary>Identifies the refresh token in the answer.</summary>
    public int? Issued { get; init; }
}

/// <summary>An API call as the API saw it, with the id of the token if it accepted one.</summary>
internal sealed record ApiCall(string Method, string Path, int Status, string? Token)
{
    /// <summary>When, as a timestamp of the machine: no clock of a test moves it.</summary>
    public long At { get; } = TimeProvider.System.GetTimestamp();

    public bool HadBearer { get; init; }

    /// <summary>The session of the token, if it was accepted.</summary>
    public string? Session { get; init; }

    /// <summary>How long the token was still valid, if it was accepted.</summary>
    public TimeSpan? Remaining { get; init; }
}

/// <summary>What the server received. An entry is added before its answer is sent: a caller that has the answer sees the entry.</summary>
internal sealed class ServerLog : IDisposable
{
    private readonly SemaphoreSlim _tokenAnswers = new(0);

    public ConcurrentQueue<TokenRequest> TokenRequests { get; } = new();

    public ConcurrentQueue<ApiCall> ApiCalls { get; } = new();

    public ApiCall? LastApiCall { get; private set; }

    public Gate? TokenGate { get; set; }

    public Gate? ApiGate { get; set; }

    public void Add(TokenRequest request)
    {
        TokenRequests.Enqueue(request);
        _tokenAnswers.Release();
    }

    public void Add(ApiCall call)
    {
        ApiCalls.Enqueue(call);
        LastApiCall = call;
    }

    /// <summary>Completes when this number of token requests has been answered; with a time limit, since a missing one would hang the run.</summary>
    public async Task AnsweredAsync(int tokenRequests)
    {
        while (TokenRequests.Count < tokenRequests)
            Assert.That(await _tokenAnswers.WaitAsync(TimeSpan.FromSeconds(30)), "no token request within 30 s");
    }

    public void Dispose() => _tokenAnswers.Dispose();
}
