using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>What the other tests rely on: the behaviour of the server, tested without the library.</summary>
[TestFixture]
internal sealed class AuthorizationServerTests
{
    private readonly FakeTimeProvider _time = new();

    [Test]
    public async Task A_token_is_valid_until_it_expires_by_the_servers_clock()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        using var client = new RawClient(server);

        var token = await client.LoginAsync();
        _time.Advance(TimeSpan.FromSeconds(1799));
        var inTime = await client.CallApiAsync(token);
        _time.Advance(TimeSpan.FromSeconds(2));
        var late = await client.CallApiAsync(token);

        Assert.Multiple(() =>
        {
            Assert.That(token.ExpiresIn, Is.EqualTo(1800));
            Assert.That((inTime, late), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.Unauthorized)));
            Assert.That((server.Logins, server.ApiCallsPassed, server.ApiCallsRefused), Is.EqualTo((1, 1, 1)));
        });
    }

    [Test]
    public async Task A_call_without_a_token_and_a_login_with_a_wrong_password_are_rejected()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        using var client = new RawClient(server);

        var refused = await client.LoginAsync("wrong");
        var anonymous = await client.CallApiAsync(token: null);

        Assert.Multiple(() =>
        {
            Assert.That((refused.Status, refused.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_grant")));
            Assert.That(anonymous, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That((server.Logins, server.InvalidGrants, server.ApiCallsRefused), Is.EqualTo((0, 1, 1)));
        });
    }

    [Test]
    public async Task The_server_rotates_strictly_and_a_second_use_ends_the_session()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        using var client = new RawClient(server);
        var first = await client.LoginAsync();
        var second = await client.RefreshAsync(first);

        var reused = await client.RefreshAsync(first);
        var newest = await client.RefreshAsync(second);
        var call = await client.CallApiAsync(second);

        Assert.Multiple(() =>
        {
            Assert.That(second.RefreshToken, Is.Not.Null.And.Not.EqualTo(first.RefreshToken));
            Assert.That((reused.Error, newest.Error), Is.EqualTo(("invalid_grant", "invalid_grant")));
            Assert.That(call, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That((server.Refreshes, server.InvalidGrants), Is.EqualTo((1, 2)));
        });
    }

    [Test]
    public async Task A_server_without_rotation_accepts_a_refresh_token_again()
    {
        await using var server = await AuthorizationServer.StartAsync(_time, options => options.RequireRefreshTokenRotation = false);
        using var client = new RawClient(server);
        var first = await client.LoginAsync();

        await client.RefreshAsync(first);
        await client.RefreshAsync(first);

        Assert.That((server.Refreshes, server.InvalidGrants), Is.EqualTo((2, 0)));
    }

    [Test]
    public async Task Refreshing_does_not_extend_the_fourteen_days()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        using var client = new RawClient(server);

        var token = await client.LoginAsync();
        _time.Advance(TimeSpan.FromDays(14) - TimeSpan.FromSeconds(1));
        var last = await client.RefreshAsync(token);
        _time.Advance(TimeSpan.FromSeconds(2));
        var late = await client.RefreshAsync(last);

        Assert.That((last.Error, late.Error), Is.EqualTo(((string?)null, "invalid_grant")));
    }

    [Test]
    public async Task Revoked_access_tokens_are_rejected_and_the_session_continues()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        using var client = new RawClient(server);
        var token = await client.LoginAsync();

        await server.RevokeAccessTokensAsync();
        var revoked = await client.CallApiAsync(token);
        var next = await client.CallApiAsync(await client.RefreshAsync(token));

        Assert.That((revoked, next), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.OK)));
    }

    [Test]
    public async Task An_ended_session_is_over_and_the_user_can_start_another()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        using var client = new RawClient(server);
        var token = await client.LoginAsync();

        await server.EndSessionsAsync();
        var call = await client.CallApiAsync(token);
        var refresh = await client.RefreshAsync(token);
        var next = await client.CallApiAsync(await client.LoginAsync());

        Assert.That((call, refresh.Error, next), Is.EqualTo((HttpStatusCode.Unauthorized, "invalid_grant", HttpStatusCode.OK)));
    }
}
