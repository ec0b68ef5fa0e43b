namespace Apiax.Http.Handlers;

/// <summary>A usable token, and the answer that it came with.</summary>
/// <remarks>
/// A class, and the retries are made for it alone: for a tuple, or a pipeline for anything, the JIT compiles a hundred methods more at the first call
/// of a process.
/// </remarks>
internal sealed class TokenGrant(TokenResponse token, TokenAnswer answer)
{
    public TokenResponse Token { get; } = token;

    public TokenAnswer Answer { get; } = answer;
}
