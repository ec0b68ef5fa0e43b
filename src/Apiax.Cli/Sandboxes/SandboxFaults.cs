using Apiax.Http.Handlers.Testing;

namespace Apiax.Cli;

/// <summary>The faults of a running sandbox, caused by a key or by a POST to their name.</summary>
internal sealed class SandboxFaults(ApiaxSandbox apiax)
{
    private const int Failures = 3;

    public IReadOnlyList<SandboxFault> All { get; } =
    [
        new('r', "revoke", "revokes the access tokens", apiax.RevokeAccessTokens),
        new('e', "end-sessions", "ends the sessions: refresh tokens are refused", apiax.EndSessions),
        new('f', "fail", $"answers the next {Failures} token requests with 503", () => apiax.FailTokenRequests(503, Failures)),
        new('u', "reject", "answers the next API call with 401", () => apiax.FailApiCalls(401)),
        new('c', "clear", "ends all faults", apiax.ClearFaults),
    ];
}

/// <summary>A fault.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Name">Its path.</param>
/// <param name="Description">What it does.</param>
/// <param name="Do">Does it.</param>
internal sealed record SandboxFault(char Key, string Name, string Description, Action Do);
