namespace Apiax.Http.Handlers.Testing;

/// <summary>
/// The laws of <see cref="ITokenStore"/>, for whoever writes a store. They need no test framework: in NUnit, <c>[TestCaseSource]</c> takes
/// <see cref="Checks"/>, in xUnit <c>[MemberData]</c>.
/// </summary>
public static class TokenStoreContract
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<TokenStoreCheck> Checks { get; } = [.. EntryLaws.Checks, .. TurnLaws.Checks, .. ClaimLaws.Checks, .. NoteLaws.Checks];
}
