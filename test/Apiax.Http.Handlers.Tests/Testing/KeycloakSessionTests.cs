using Apiax.Http.Handlers.Testing;

namespace Apiax.Http.Handlers.Tests.Testing;

/// <summary>Users, sessions and their ends, as Keycloak has them.</summary>
[TestFixture]
internal sealed class KeycloakSessionTests : SandboxTests
{
    [Test]
    public async Task A_refresh_token_belongs_to_its_client()
    {
        Apiax.SetClient(SandboxClientKind.Public, "other");
        var login = await Client.SignInAsync();
        var reply = await Client.PostAsync(("client_id", "other"), ("grant_type", "refresh_token"), ("refresh_token", login.RefreshToken));
        Assert.That(reply.Description, Is.EqualTo("Invalid refresh token. Token client and authorized client don't match"));
        Assert.That((await Client.RefreshAsync(login)).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task After_not_before_was_pushed_answers_state_it_and_new_tokens_are_valid()
    {
        Apiax.StubApi("/rules");
        Apiax.PushNotBefore();

        var login = await Client.SignInAsync();

        Assert.That(login.Json.GetProperty("not-before-policy").GetInt64(), Is.EqualTo(Clock.GetUtcNow().ToUnixTimeSeconds()));
        Assert.That(await Client.CallAsync(login.AccessToken), Is.EqualTo(200));
    }

    [Test]
    public async Task The_answer_names_a_disabled_or_not_set_up_user_but_not_a_locked_one()
    {
        Apiax.LockUser(Apiax.Username, TimeSpan.FromMinutes(5));
        Assert.That((await Client.SignInAsync()).Description, Is.EqualTo("Invalid user credentials"));
        Clock.Advance(TimeSpan.FromMinutes(5));
        var login = await Client.SignInAsync();

        Apiax.LockUser(Apiax.Username);
        Assert.That((await Client.SignInAsync()).Description, Is.EqualTo("Invalid user credentials"));
        Apiax.RestoreUser(Apiax.Username);
        Apiax.DisableUser(Apiax.Username);
        Assert.That(((await Client.SignInAsync("wrong")).Description, (await Client.SignInAsync()).Status), Is.EqualTo(("Account disabled", 400)));
        Apiax.RestoreUser(Apiax.Username);
        Apiax.RequireAction(Apiax.Username);
        Assert.That((await Client.SignInAsync()).Description, Is.EqualTo("Account is not fully set up"));
        Assert.That((await Client.SignInAsync("wrong")).Description, Is.EqualTo("Invalid user credentials"));
        Assert.That((await Client.RefreshAsync(login)).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task A_refresh_succeeds_while_the_user_is_locked_for_a_while()
    {
        var login = await Client.SignInAsync();
        Apiax.LockUser(Apiax.Username, TimeSpan.FromMinutes(1));
        Assert.That((await Client.RefreshAsync(login)).Status, Is.EqualTo(200));
    }

    /// <summary>The measured table, with instants within the seconds that fit the measurements.</summary>
    [Test]
    public async Task Near_the_end_of_a_session_lifetimes_shrink_and_after_it_a_refresh_is_refused()
    {
        await RestartAsync(new ApiaxSandboxOptions { TokenLifetime = TimeSpan.FromSeconds(3), SessionIdle = TimeSpan.FromSeconds(8), SessionMax = TimeSpan.FromSeconds(20) });
        Clock.Advance(TimeSpan.FromSeconds(0.5));
        var start = Clock.GetUtcNow();
        var reply = await Client.SignInAsync();
        List<(int, int)> declared = [Lives(reply)];

        foreach (var at in (double[])[3.4, 6.8, 10.3, 13.7, 17.1])
        {
            Clock.SetUtcNow(start.AddSeconds(at));
            declared.Add(Lives(reply = await Client.RefreshAsync(reply)));
        }

        Clock.SetUtcNow(start.AddSeconds(20.5));
        Assert.That(declared, Is.EqualTo([(3, 8), (3, 8), (3, 8), (3, 8), (3, 6), (3, 3)]));
        Assert.That((await Client.RefreshAsync(reply)).Description, Is.EqualTo("Token is not active"));
        Assert.That(Apiax.Sessions, Is.Zero);
    }

    [Test]
    public async Task An_access_token_is_cut_to_its_session()
    {
        await RestartAsync(new ApiaxSandboxOptions { TokenLifetime = TimeSpan.FromSeconds(6), SessionMax = TimeSpan.FromSeconds(8) });
        var login = await Client.SignInAsync();
        Clock.Advance(TimeSpan.FromSeconds(6));

        var reply = await Client.RefreshAsync(login);

        Assert.That(Lives(reply), Is.EqualTo((2, 2)));
        Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.That(await Client.CallAsync(reply.AccessToken), Is.EqualTo(401));
    }

    [Test]
    public async Task A_session_that_idles_ends_before_its_access_token()
    {
        await RestartAsync(new ApiaxSandboxOptions { TokenLifetime = TimeSpan.FromSeconds(30), SessionIdle = TimeSpan.FromSeconds(10) });
        var login = await Client.SignInAsync();
        Assert.That(Lives(login), Is.EqualTo((30, 10)));
        Clock.Advance(TimeSpan.FromSeconds(10));

        using var call = await Client.GetAsync(login.AccessToken);
        Assert.That(call.Headers.WwwAuthenticate.ToString(), Does.Contain("user_session_not_found"));
        Assert.That((await Client.RefreshAsync(login)).Description, Is.EqualTo("Token is not active"));
    }

    private static (int, int) Lives(TokenReply reply) => (reply.Json.GetProperty("expires_in").GetInt32(), reply.Json.GetProperty("refresh_expires_in").GetInt32());
}
