namespace Apiax.Http.Handlers.Tests.Doubles;

internal static class TokenOutcomes
{
    /// <summary>The tokens, or the failure as an exception.</summary>
    public static async Task<TokenSet> RequireAsync(this Task<TokenOutcome> outcome) => await outcome is { Tokens: { } tokens } ? tokens : throw (await outcome).Failure!;
}
