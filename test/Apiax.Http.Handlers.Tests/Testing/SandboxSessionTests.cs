using Apiax.Http.Handlers.Testing;

namespace Apiax.Http.Handlers.Tests.Testing;

[TestFixture]
internal sealed class SandboxSessionTests : SandboxTests
{
    [Test]
    public async Task A_login_opens_a_session_and_a_refresh_continues_it()
    {
        var login = await Client.SignInAsync();
        var refresh = await Client.RefreshAsync(login);

        Assert.Multiple(() =>
        {
            Assert.That((Apiax.Logins, Apiax.Sessions), Is.EqualTo((1, 1)));
            Assert.That(refresh.AccessToken, Is.Not.EqualTo(login.AccessToken));
            Assert.That(refresh.RefreshToken, Is.Not.EqualTo(login.RefreshToken));
            Assert.That(refresh.Json.GetProperty("session_state").GetGuid(), Is.EqualTo(login.Json.GetProperty("session_state").GetGuid()));
        });
    }

    [Test]
    public async Task A_refresh_token_expires_14_days_after_the_login_regardless_of_refreshes()
    {
        var reply = await Client.SignInAsync();
        for (var day = 1; day < 14; day++)
        {
            Clock.Advance(TimeSpan.FromDays(1));
            reply = await Client.RefreshAsync(reply);
            Assert.That(reply.Status, Is.EqualTo(200), $"day {day}");
        }

        Clock.Advance(TimeSpan.FromDays(1));
        Assert.That((await Client.RefreshAsync(reply)).Error, Is.EqualTo("invalid_grant"));
        Assert.That(Apiax.Sessions, Is.Zero);
    }

    [Test]
    public async Task A_refresh_token_used_again_ends_its_session_and_no_other()
    {
        var other = await Client.SignInAsync();
        var stolen = await Client.SignInAsync();
        var current = await Client.RefreshAsync(stolen);

        Assert.That((await Client.RefreshAsync(stolen)).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await Client.RefreshAsync(current)).Error, Is.EqualTo("invalid_grant"));
        Assert.That(await Client.CallAsync(current.AccessToken), Is.EqualTo(401));
        Assert.That((await Client.RefreshAsync(other)).Status, Is.EqualTo(200));
        Assert.That(Apiax.Sessions, Is.EqualTo(1));
    }

    [Test]
    public async Task Without_rotation_every_refresh_token_of_a_session_stays_valid()
    {
        await RestartAsync(new ApiaxSandboxOptions { RotateRefreshTokens = false });
        var login = await Client.SignInAsync();
        await Client.RefreshAsync(login);

        Assert.That((await Client.RefreshAsync(login)).Status, Is.EqualTo(200));
        Assert.That(Apiax.Sessions, Is.EqualTo(1));
    }

    [Test]
    public async Task Revoked_refresh_tokens_do_not_affect_the_session_and_its_access_tokens()
    {
        Apiax.StubApi("/rules");
        var login = await Client.SignInAsync();

        Apiax.RevokeRefreshTokens();

        Assert.That((await Client.RefreshAsync(login)).Error, Is.EqualTo("invalid_grant"));
        Assert.That(await Client.CallAsync(login.AccessToken), Is.EqualTo(200));
        Assert.That(Apiax.Sessions, Is.EqualTo(1));
    }

    [Test]
    public async Task Ended_sessions_take_their_tokens_with_them()
    {
        var login = await Client.SignInAsync();

        Apiax.EndSessions();

        Assert.That((await Client.RefreshAsync(login)).Error, Is.EqualTo("invalid_grant"));
        Assert.That(await Client.CallAsync(login.AccessToken), Is.EqualTo(401));
        Assert.That((Apiax.Logins, Apiax.Sessions), Is.EqualTo((1, 0)));
    }
}
