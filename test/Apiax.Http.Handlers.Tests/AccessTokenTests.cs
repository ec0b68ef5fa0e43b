namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class AccessTokenTests
{
    [Test]
    public void A_token_does_not_print_its_text() =>
        Assert.That(new AccessToken("secret", default, default).ToString(), Does.Not.Contain("secret"));
}
