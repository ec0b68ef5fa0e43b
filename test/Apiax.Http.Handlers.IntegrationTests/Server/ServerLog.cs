using System.Collections.Concurrent;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>A token request as the authorization server saw it: names of parameters, never their values.</summary>
internal sealed record TokenRequest(string? GrantType, IReadOnlyList<string> Parameters, string? Error);

/// <summary>An API call as the API saw it, with the id of the token if it accepted one.</summary>
internal sealed record ApiCall(string Method, string Path, int Status, string? Token);

/// <summary>What the server saw. An entry is made before its answer leaves, so who has the answer can count on it.</summary>
internal sealed class ServerLog
{
    public ConcurrentQueue<TokenRequest> TokenRequests { get; } = new();

    public ConcurrentQueue<ApiCall> ApiCalls { get; } = new();

    public Gate? TokenGate { get; set; }

    public Gate? ApiGate { get; set; }
}
