using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class ApiaxAccountsTests
{
    [Test]
    public async Task Every_account_in_use_has_a_status_in_the_order_of_registration()
    {
        await using var app = new App(services =>
        {
            services.AddHttpClient("own").AddApiaxAuth(App.Ben);
            services.AddHttpClient("").AddApiaxAuth(App.Ben);
            services.AddHttpClient("sharing").AddApiaxAuth();
            services.Configure<ApiaxAuthOptions>(App.Anna);
        });

        var all = Accounts(app).GetStatus();

        Assert.That(all.Select(account => account.Account), Is.EqualTo(["own", "(unnamed client)", "(shared)"]));
        Assert.That(all.Select(account => (account.State, account.TokenExpiresOn, account.LastSuccessOn, account.LastFailure, account.NextAttemptOn)),
            Is.All.EqualTo((ApiaxAccountState.Ok, (DateTimeOffset?)null, (DateTimeOffset?)null, (ApiaxAuthFailure?)null, (DateTimeOffset?)null)));
        Assert.That(app.Endpoint.Requests, Is.Zero);
    }

    [Test]
    public async Task After_a_reload_a_name_shows_the_account_that_it_leads_to()
    {
        var configuration = App.Configuration(("Apiax:Username", "anna"), ("Apiax:Password", "right"));
        await using var app = new App(services => services.AddSingleton<IConfiguration>(configuration).AddApiaxAuth());
        await app.GetAsync();
        Assert.That(Accounts(app).GetStatus().Single().LastSuccessOn, Is.EqualTo(app.Time.GetUtcNow()));

        configuration["Apiax:Username"] = "ben";
        configuration.Reload();

        Assert.That(Accounts(app).GetStatus().Single().LastSuccessOn, Is.Null);
    }

    /// <summary>No settings lead to the account any more, so nothing else would end its session.</summary>
    [Test]
    public async Task The_session_of_an_account_that_has_no_name_any_more_is_ended_too()
    {
        var configuration = App.Configuration(("Apiax:Username", "anna"), ("Apiax:Password", "right"));
        await using var app = new App(services => services.AddSingleton<IConfiguration>(configuration).AddApiaxAuth());
        await app.GetAsync();
        configuration["Apiax:Username"] = "ben";
        configuration.Reload();
        await app.GetAsync();

        await Accounts(app).SignOutAsync().Soon();

        Assert.That(app.Endpoint.Revocations.Select(form => form["refresh_token"]), Is.EquivalentTo(["refresh-1", "refresh-2"]));
    }

    [Test]
    public async Task If_one_account_gets_no_token_its_error_is_thrown_and_the_others_have_their_tokens()
    {
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(options => (options.Username, options.Password) = ("anna", "wrong"));
            services.AddHttpClient("own").AddApiaxAuth(App.Ben);
        });
        app.Endpoint.Passwords.Add("right");

        var failure = await Waiting.FailureOf<ApiaxAuthException>(Accounts(app).SignInAsync());

        Assert.That(failure.Reason, Is.EqualTo(ApiaxAuthFailure.CredentialsRejected));
        Assert.That(Accounts(app).GetStatus().Select(account => account.State), Is.EqualTo([ApiaxAccountState.CoolingDown, ApiaxAccountState.Ok]));
        Assert.That(await app.GetAsync("own"), Is.EqualTo(System.Net.HttpStatusCode.OK));
    }

    private static ApiaxAccounts Accounts(App app) => app.Provider.GetRequiredService<ApiaxAccounts>();
}
