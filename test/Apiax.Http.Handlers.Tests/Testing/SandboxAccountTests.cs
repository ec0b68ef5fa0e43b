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
}
