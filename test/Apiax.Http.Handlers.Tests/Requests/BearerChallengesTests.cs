namespace Apiax.Http.Handlers.Tests;

/// <summary>The error parameter of a Bearer challenge, and nothing that only looks like it (RFC 6750 §3, RFC 9110 §11.6.1).</summary>
[TestFixture]
internal sealed class BearerChallengesTests
{
    [TestCase("Bearer error=\"insufficient_scope\"")]
    [TestCase("Bearer error=insufficient_scope")]
    [TestCase("bearer ERROR = \"insufficient_scope\"")]
    [TestCase("Bearer realm=\"apiax\", error=\"insufficient_scope\", scope=\"rules\"")]
    [TestCase("Basic realm=\"x, y\", Bearer error=\"insufficient_scope\"")]
    [TestCase("Negotiate, Bearer error=\"insufficient_scope\"")]
    [TestCase("Negotiate TlRMTVNTUA==, Bearer error=\"insufficient_scope\"")]
    [TestCase("Bearer error=\"insufficient\\_scope\"")]
    [TestCase(", ,Bearer\trealm=\"a\\\"b\" ,, error=insufficient_scope ,")]
    [TestCase("not a (challenge, Bearer error=\"insufficient_scope\"")]
    public void It_is_found(string line) => Assert.That(BearerChallenges.HasInsufficientScope(line));

    [TestCase("")]
    [TestCase("Bearer")]
    [TestCase("Bearer realm=\"insufficient_scope-demo\", error=\"invalid_token\"")]
    [TestCase("Bearer error=\"INSUFFICIENT_SCOPE\"")]
    [TestCase("Bearer error=\"insufficient_scope_x\"")]
    [TestCase("Bearer error=\"insufficient\"")]
    [TestCase("Bearer error_description=\"insufficient_scope\"")]
    [TestCase("Bearer xerror=\"insufficient_scope\"")]
    [TestCase("DPoP error=\"insufficient_scope\"")]
    [TestCase("Bearer realm=\"a\", DPoP error=\"insufficient_scope\"")]
    [TestCase("Bearer realm=\"x, error=\\\"insufficient_scope\\\"\"")]
    [TestCase("Basic realm=\"Bearer error=insufficient_scope\"")]
    [TestCase("Bearer error=\"insufficient_scope")]
    [TestCase("Bearer \"error=insufficient_scope\"")]
    public void Nothing_else_is_taken_for_it(string line) => Assert.That(BearerChallenges.HasInsufficientScope(line), Is.False);
}
