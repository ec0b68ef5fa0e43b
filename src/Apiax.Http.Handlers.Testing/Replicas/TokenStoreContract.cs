namespace Apiax.Http.Handlers.Testing;

/// <summary>
/// The rules of <see cref="ITokenStore"/>, as checks for your own store. They need no test framework: in NUnit, use <c>[TestCaseSource]</c> with
/// <see cref="Checks"/>; in xUnit v3, <c>[MemberData]</c> with a <c>new TheoryData&lt;TokenStoreCheck&gt;(TokenStoreContract.Checks)</c>; in v2, with
/// <c>TokenStoreContract.Checks.Select(check => new object[] { check })</c>.
/// </summary>
public static class TokenStoreContract
{
    /// <summary>All checks.</summary>
    public static IReadOnlyList<TokenStoreCheck> Checks { get; } = [.. EntryChecks.Checks, .. TurnChecks.Checks, .. ClaimChecks.Checks, .. NoteChecks.Checks];
}
