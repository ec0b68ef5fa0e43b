using Apiax.Http.Handlers.Testing;

namespace Apiax.Http.Handlers.Tests.Testing;

[TestFixture]
internal sealed class SandboxAccountTests : SandboxTests
{
    [Test]
    public async Task Two_wrong_passwords_within_a_second_lock_the_user_for_a_minute_even_with_the_right_one()
    {
        var wrong = await Client.SignInAsync("wrong");
        Clock.Advance(TimeSpan.FromMilliseconds(999));
        await Client.SignInAsync("wrong");

        Clock.Advance(TimeSpan.FromSeconds(59));
        var locked = await Client.SignInAsync();
        Assert.That(locked.Json.GetRawText(), Is.EqualTo(wrong.Json.GetRawText()));
        Assert.That((locked.Status, locked.Error), Is.EqualTo((wrong.Status, "invalid_grant")));

        Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That((await Client.SignInAsync()).Status, Is.EqualTo(200));
        Assert.That(Apiax.LockOuts, Is.EqualTo(1));
    }

    [Test]
    public async Task Wrong_passwords_a_second_apart_lock_nobody()
    {
        await Client.SignInAsync("wrong");
        Clock.Advance(TimeSpan.FromSeconds(1));
        await Client.SignInAsync("wrong");

        Assert.That((await Client.SignInAsync()).Status, Is.EqualTo(200));
        Assert.That(Apiax.LockOuts, Is.Zero);
    }

    [Test]
    public async Task A_correct_password_in_between_clears_the_wrong_one()
    {
        await Client.SignInAsync("wrong");
        await Client.SignInAsync();
        await Client.SignInAsync("wrong");

        Assert.That(Apiax.LockOuts, Is.Zero);
    }

    [Test]
    public async Task A_lock_out_affects_only_one_user()
    {
        Apiax.AddUser("other", "other's");
        await Client.SignInAsync("wrong");
        await Client.SignInAsync("wrong");

        Assert.That((await Client.SignInAsync("other's", "OTHER")).Status, Is.EqualTo(200));
        Assert.That((await Client.SignInAsync("wrong", "nobody")).Error, Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task Lock_outs_can_be_turned_off()
    {
        await RestartAsync(new ApiaxSandboxOptions { BruteForceDetection = false });
        await Client.SignInAsync("wrong");
        await Client.SignInAsync("wrong");

        Assert.That((await Client.SignInAsync()).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task A_changed_password_counts_at_the_next_login_and_sessions_continue()
    {
        var login = await Client.SignInAsync();
        Apiax.ChangePassword("another");

        Assert.That((await Client.SignInAsync()).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await Client.SignInAsync("another")).Status, Is.EqualTo(200));
        Assert.That((await Client.RefreshAsync(login)).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task A_disabled_user_gets_no_token_by_password_or_refresh()
    {
        var login = await Client.SignInAsync();
        Apiax.DisableUser(Apiax.Username);

        Assert.That((await Client.SignInAsync()).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await Client.RefreshAsync(login)).Error, Is.EqualTo("invalid_grant"));
        Assert.That(Apiax.Logins, Is.EqualTo(1));
    }

    [Test]
    public void A_user_exists_once_and_must_exist_to_be_changed()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => Apiax.AddUser(Apiax.Username, "x"), Throws.ArgumentException);
            Assert.That(() => Apiax.ChangePassword("nobody", "x"), Throws.ArgumentException);
            Assert.That(() => Apiax.DisableUser("nobody"), Throws.ArgumentException);
        });
    }

    [Test]
    public async Task Wrong_passwords_that_are_checked_at_once_lock_the_user_once()
    {
        await RestartAsync(new ApiaxSandboxOptions { KeycloakVersion = new Version(24, 0) });
        Apiax.LoginDuration = TimeSpan.FromMilliseconds(300);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Client.SignInAsync("wrong")));

        Assert.That(Apiax.LockOuts, Is.EqualTo(1));
    }

    [Test]
    public void A_lock_is_10_years_at_most([Values(-1L, 3650 * TimeSpan.TicksPerDay + 1, long.MaxValue)] long ticks) =>
        Assert.That(() => Apiax.LockUser(Apiax.Username, TimeSpan.FromTicks(ticks)), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("duration"));

    private static IEnumerable<TestCaseData<Action<ApiaxSandbox>, string>> Changes =>
    [
        new(apiax => apiax.RemoveUser(apiax.Username), "Invalid user credentials") { TestName = "{m}(RemoveUser)" },
        new(apiax => apiax.LockUser(apiax.Username), "Invalid user credentials") { TestName = "{m}(LockUser)" },
        new(apiax => apiax.DisableUser(apiax.Username), "Account disabled") { TestName = "{m}(DisableUser)" },
        new(apiax => apiax.RequireAction(apiax.Username), "Account is not fully set up") { TestName = "{m}(RequireAction)" },
        new(apiax => apiax.ChangePassword("another"), "Invalid user credentials") { TestName = "{m}(ChangePassword)" },
        new(apiax => apiax.RealmEnabled = false, "Realm not enabled") { TestName = "{m}(RealmEnabled)" },
        new(apiax => apiax.SetClient(SandboxClientKind.WithoutDirectAccessGrants), "Client not allowed for direct access grants") { TestName = "{m}(SetClient)" },
    ];

    [TestCaseSource(nameof(Changes))]
    public async Task A_change_during_a_login_applies_to_it(Action<ApiaxSandbox> change, string description)
    {
        Apiax.LoginDuration = TimeSpan.FromMilliseconds(300);
        var login = Client.SignInAsync();
        await Apiax.TokenRequestsArrivedAsync(1);

        change(Apiax);

        Assert.That((await login).Description, Is.EqualTo(description));
        Assert.That((Apiax.Logins, Apiax.Sessions), Is.EqualTo((0, 0)));
    }
}
