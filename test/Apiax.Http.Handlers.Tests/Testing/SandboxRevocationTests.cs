namespace Apiax.Http.Handlers.Tests.Testing;

[TestFixture]
internal sealed class SandboxRevocationTests : SandboxTests
{
    private static readonly (string, string) ClientId = ("client_id", "integration-api");

    [Test]
    public async Task A_revoked_refresh_token_ends_its_session_and_no_other()
    {
        var other = await Client.SignInAsync();
        var login = await Client.SignInAsync();
        var current = await Client.RefreshAsync(login);

        Assert.That((await Client.RevokeAsync(ClientId, ("token", current.RefreshToken), ("token_type_hint", "refresh_token"))).Status, Is.EqualTo(200));

        Assert.That((await Client.RefreshAsync(current)).Error, Is.EqualTo("invalid_grant"));
        Assert.That(await Client.CallAsync(current.AccessToken), Is.EqualTo(401));
        Assert.That((await Client.RefreshAsync(other)).Status, Is.EqualTo(200));
        Assert.That(Apiax.Sessions, Is.EqualTo(1));
    }

    [Test]
    public async Task A_revoked_access_token_goes_alone()
    {
        Apiax.StubApi("/rules");
        var login = await Client.SignInAsync();

        await Client.RevokeAsync(ClientId, ("token", login.AccessToken));

        Assert.That(await Client.CallAsync(login.AccessToken), Is.EqualTo(401));
        Assert.That((await Client.RefreshAsync(login)).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task A_token_that_nobody_knows_is_as_good_as_revoked() =>
        Assert.That((await Client.RevokeAsync(ClientId, ("token", "unknown"))).Status, Is.EqualTo(200));

    [Test]
    public async Task Client_and_token_are_looked_for()
    {
        Assert.That((await Client.RevokeAsync(("client_id", "another"), ("token", "unknown"))).Error, Is.EqualTo("invalid_client"));
        Assert.That((await Client.RevokeAsync(ClientId)).Error, Is.EqualTo("invalid_request"));
        using var get = new HttpRequestMessage(HttpMethod.Get, new Uri(Apiax.TokenEndpoint, "revoke"));
        Assert.That((await Client.SendAsync(get)).Status, Is.EqualTo(405));
    }
}
