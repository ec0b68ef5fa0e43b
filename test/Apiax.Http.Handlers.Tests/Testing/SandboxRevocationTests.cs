using Apiax.Http.Handlers.Testing;

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

    [TestCase("26.0", 0)]
    [TestCase("26.1", 1)]
    public async Task Before_26_1_revoking_a_refresh_token_ends_every_session_of_its_user(string version, int left)
    {
        await RestartAsync(new ApiaxSandboxOptions { KeycloakVersion = Version.Parse(version) });
        await Client.SignInAsync();
        var login = await Client.SignInAsync();

        await Client.RevokeAsync(ClientId, ("token", login.RefreshToken));

        Assert.That(Apiax.Sessions, Is.EqualTo(left));
    }

    [Test]
    public async Task A_logout_ends_only_that_session_and_may_be_repeated()
    {
        await RestartAsync(new ApiaxSandboxOptions { KeycloakVersion = new Version(24, 0) });
        var other = await Client.SignInAsync();
        var login = await Client.SignInAsync();

        Assert.That((await Client.LogoutAsync(ClientId, ("refresh_token", login.RefreshToken))).Status, Is.EqualTo(204));
        Assert.That((await Client.LogoutAsync(ClientId, ("refresh_token", login.RefreshToken))).Status, Is.EqualTo(204));

        Assert.That((await Client.RefreshAsync(login)).Description, Is.EqualTo("Session not active"));
        Assert.That((await Client.RefreshAsync(other)).Status, Is.EqualTo(200));
        Assert.That(Apiax.Sessions, Is.EqualTo(1));
        Assert.That((await Client.LogoutAsync(("client_id", "other"), ("refresh_token", "x"))).Error, Is.EqualTo("invalid_client"));
        Assert.That((await Client.LogoutAsync(ClientId, ("refresh_token", "x"))).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await Client.LogoutAsync(ClientId)).Error, Is.EqualTo("invalid_request"));
    }

    [Test]
    public async Task Revoking_an_access_token_does_not_affect_the_session()
    {
        Apiax.StubApi("/rules");
        var login = await Client.SignInAsync();

        await Client.RevokeAsync(ClientId, ("token", login.AccessToken));

        Assert.That(await Client.CallAsync(login.AccessToken), Is.EqualTo(401));
        Assert.That((await Client.RefreshAsync(login)).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task The_tokens_of_another_client_cannot_be_revoked_and_its_session_cannot_be_ended()
    {
        Apiax.SetClient(SandboxClientKind.Public, "other");
        var login = await Client.SignInAsync();

        var logout = await Client.LogoutAsync(("client_id", "other"), ("refresh_token", login.RefreshToken));
        var refreshToken = await Client.RevokeAsync(("client_id", "other"), ("token", login.RefreshToken));
        var accessToken = await Client.RevokeAsync(("client_id", "other"), ("token", login.AccessToken));

        Assert.That((logout.Status, logout.Error, logout.Description), Is.EqualTo((400, "invalid_grant", "Invalid refresh token. Token client and authorized client don't match")));
        Assert.That(new[] { refreshToken, accessToken }.Select(reply => (reply.Status, reply.Error, reply.Description)), Is.All.EqualTo((400, "invalid_request", "Unmatching clients")));
        Assert.That(await Client.CallAsync(login.AccessToken), Is.EqualTo(404));
        Assert.That((await Client.RefreshAsync(login)).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task An_unknown_token_counts_as_revoked() =>
        Assert.That((await Client.RevokeAsync(ClientId, ("token", "unknown"))).Status, Is.EqualTo(200));

    [Test]
    public async Task Client_and_token_are_required()
    {
        Assert.That((await Client.RevokeAsync(("client_id", "another"), ("token", "unknown"))).Error, Is.EqualTo("invalid_client"));
        Assert.That((await Client.RevokeAsync(ClientId)).Error, Is.EqualTo("invalid_request"));
        using var get = new HttpRequestMessage(HttpMethod.Get, new Uri(Apiax.TokenEndpoint, "revoke"));
        Assert.That((await Client.SendAsync(get)).Status, Is.EqualTo(405));
    }
}
