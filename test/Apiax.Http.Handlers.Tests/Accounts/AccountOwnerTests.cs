using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Several names of one account: the first that is registered owns its settings, regardless of which is used first and how often they are read again.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class AccountOwnerTests
{
    private readonly IConfigurationRoot _configuration = App.Configuration(
        ("One:Username", "anna"), ("One:Password", "pa"), ("Two:Username", "anna"), ("Two:Password", "pa"));

    private static IEnumerable<TestCaseData<Action<ApiaxAuthOptions>, string>> Differences =>
    [
        new(options => options.Password = "pb", "Password"),
        new(options => options.RevocationEndpoint = new Uri("https://auth.apiax.io/revoke"), "RevocationEndpoint"),
        new(options => options.RefreshAhead = TimeSpan.Zero, "RefreshAhead"),
        new(options => options.RefreshTokenLifetime = TimeSpan.FromDays(1), "RefreshTokenLifetime"),
        new(options => options.DefaultTokenLifetime = TimeSpan.FromMinutes(1), "DefaultTokenLifetime"),
        new(options => options.AttemptTimeout = TimeSpan.FromSeconds(5), "AttemptTimeout"),
        new(options => options.TokenTimeout = TimeSpan.FromSeconds(20), "TokenTimeout"),
        new(options => options.SendClientAssertionType = false, "SendClientAssertionType"),
        new(options => (options.Password, options.TokenTimeout) = ("pb", TimeSpan.FromSeconds(20)), "Password, TokenTimeout"),
    ];

    [TestCaseSource(nameof(Differences))]
    public async Task The_host_does_not_start_when_a_second_name_differs(Action<ApiaxAuthOptions> differ, string settings)
    {
        using var host = Host(services =>
        {
            services.AddApiaxAuth(App.Anna);
            services.AddHttpClient("rules").AddApiaxAuth(App.Anna).AddApiaxAuth(differ);
        });

        var failure = await Waiting.FailureOf<OptionsValidationException>(host.StartAsync());

        Assert.That(failure.Failures.Single(), Does.StartWith($"rules uses the same account as (shared) but sets {settings} differently"));
        Assert.That(failure.ToString(), Does.Not.Contain("pb"));
    }

    [Test]
    public async Task All_names_that_differ_and_all_other_wrong_settings_are_reported_at_once()
    {
        using var host = Host(services =>
        {
            services.AddHttpClient("one").AddApiaxAuth(App.Anna);
            services.AddHttpClient("two").AddApiaxAuth(options => (options.Username, options.Password) = ("anna", "pb"));
            services.AddHttpClient("three").AddApiaxAuth(options => (options.Username, options.Password) = ("anna", "pc"));
            services.AddHttpClient("four").AddApiaxAuth(_ => { });
        });

        var failure = await Waiting.FailureOf<OptionsValidationException>(host.StartAsync());

        Assert.That(failure.Failures.Select(line => line.Split(' ', ':')[0]), Is.EqualTo(["four", "four", "two", "three"]));
    }

    /// <summary>Otherwise the password in force would depend on which client calls first.</summary>
    [Test]
    public async Task Without_a_host_the_one_that_differs_is_refused_though_it_is_used_first()
    {
        await using var app = new App(services =>
        {
            services.AddHttpClient("one").AddApiaxAuth(App.Anna);
            services.AddHttpClient("two").AddApiaxAuth(options => (options.Username, options.Password) = ("anna", "pb"));
        });

        var failure = await Waiting.FailureOf<OptionsValidationException>(app.GetAsync("two"));
        await app.GetAsync("one");
        await Waiting.FailureOf<OptionsValidationException>(app.GetAsync("two"));

        Assert.That(failure.Message, Does.StartWith("two uses the same account as one but sets Password differently"));
        Assert.That(app.Endpoint.Forms.Select(form => form["password"]), Is.EqualTo(["right"]));
        Assert.That(app.Logs.Of("SettingsDiffer"), Is.Empty);
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public async Task Reloads_that_change_nothing_change_nothing(int reloads)
    {
        await using var app = Both();
        await app.GetAsync("two");
        Set("Two:Password", "pb");

        for (var i = 0; i < reloads; i++)
            _configuration.Reload();

        app.Endpoint.RefusesRefreshTokens = true;
        app.Time.Advance(TimeSpan.FromHours(1));
        await app.GetAsync("two");
        await app.GetAsync("one");
        Assert.That(app.Endpoint.Forms.Where(form => form["grant_type"] == "password").Select(form => form["password"]), Is.All.EqualTo("pa").And.Exactly(2).Items);
        Assert.That(app.Logs.Of("SettingsDiffer").Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_password_rotated_for_both_at_once_is_in_force_without_a_warning([Values("one", "two")] string used)
    {
        await using var app = Both();
        await app.GetAsync("one");
        await app.GetAsync("two");

        _configuration["One:Password"] = _configuration["Two:Password"] = "pb";
        _configuration.Reload();

        await ExpireAsync(app, used);
        Assert.That(app.Endpoint.Forms[^1]["password"], Is.EqualTo("pb"));
        Assert.That(app.Logs.Entries.Where(entry => entry.Level >= LogLevel.Warning && entry.Event is not "RefreshRefused"), Is.Empty);
    }

    [Test]
    public async Task The_password_of_the_only_name_rotated_again_and_again_is_in_force_without_a_warning()
    {
        await using var app = new App(services => services.AddApiaxAuth(_configuration.GetSection("One")));
        await app.GetAsync();

        foreach (var password in (string[])["pb", "pc", "pd"])
        {
            Set("One:Password", password);
            await ExpireAsync(app, "one");
            Assert.That(app.Endpoint.Forms[^1]["password"], Is.EqualTo(password));
        }

        Assert.That(app.Logs.Entries.Where(entry => entry.Level >= LogLevel.Warning && entry.Event is not "RefreshRefused"), Is.Empty);
    }

    /// <summary>A secret source for each name.</summary>
    [TestCase(true)]
    [TestCase(false)]
    public async Task Two_sources_that_change_one_after_the_other_do_not_lock_each_other_out(bool ownerFirst)
    {
        var (one, two) = (App.Configuration(("X:Username", "anna"), ("X:Password", "pa")), App.Configuration(("X:Username", "anna"), ("X:Password", "pa")));
        await using var app = new App(services =>
        {
            services.AddHttpClient("one").AddApiaxAuth(one.GetSection("X"));
            services.AddHttpClient("two").AddApiaxAuth(two.GetSection("X"));
        });
        await app.GetAsync("one");
        await app.GetAsync("two");

        Change(ownerFirst ? one : two);
        await ExpireAsync(app, "two");
        Assert.That(app.Endpoint.Forms[^1]["password"], Is.EqualTo(ownerFirst ? "pb" : "pa"));
        var warning = app.Logs.Of("SettingsDiffer").Single();
        Assert.That(warning.Level, Is.EqualTo(LogLevel.Warning));
        Assert.That(warning.Message, Does.StartWith("two uses the same account as one but sets Password differently"));

        Change(ownerFirst ? two : one);
        await ExpireAsync(app, "two");
        Assert.That(app.Endpoint.Forms[^1]["password"], Is.EqualTo("pb"));
        Assert.That(app.Logs.Of("SettingsDiffer").Count(), Is.EqualTo(1));

        static void Change(IConfigurationRoot source)
        {
            source["X:Password"] = "pb";
            source.Reload();
        }
    }

    [Test]
    public async Task Settings_of_each_client_apply_at_once_even_if_its_account_settings_differ()
    {
        await using var app = Both();
        await app.GetAsync("two");

        _configuration["Two:Password"] = "pb";
        Set("Two:ApiHosts:0", "two.example");

        await app.GetAsync("two", "https://two.example/");
        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1", "access-1"]));
    }

    [Test]
    public async Task A_name_that_was_refused_works_when_it_agrees()
    {
        Set("Two:Password", "pb");
        await using var app = Both();
        await Waiting.FailureOf<OptionsValidationException>(app.GetAsync("two"));

        Set("Two:Password", "pa");

        await app.GetAsync("two");
        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1"]));
    }

    [Test]
    public async Task If_an_owner_changes_to_another_account_the_next_name_owns_the_old_one()
    {
        await using var app = Both();
        await app.GetAsync("one");
        await app.GetAsync("two");

        _configuration["Two:Password"] = "pb";
        Set("One:Username", "ben");

        await ExpireAsync(app, "two");
        Assert.That((app.Endpoint.Forms[^1]["username"], app.Endpoint.Forms[^1]["password"]), Is.EqualTo(("anna", "pb")));
        Assert.That(app.Logs.Of("SettingsDiffer"), Is.Empty);
    }

    [Test]
    public async Task An_earlier_name_with_wrong_settings_does_not_affect_the_others()
    {
        await using var app = new App(services =>
        {
            services.AddHttpClient("broken").AddApiaxAuth(_ => throw new NotSupportedException("no vault"));
            services.AddHttpClient("rules").AddApiaxAuth(App.Anna);
        });

        await app.GetAsync("rules");

        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1"]));
        await Waiting.FailureOf<NotSupportedException>(app.GetAsync("broken"));
    }

    /// <summary>Keycloak's user names have no case; the gate that protects a password has none either.</summary>
    [Test]
    public async Task User_names_that_differ_in_case_are_one_account()
    {
        await using var app = new App(services =>
        {
            services.AddHttpClient("one").AddApiaxAuth(App.Anna);
            services.AddHttpClient("two").AddApiaxAuth(options => (options.Username, options.Password) = ("Anna", "right"));
        });

        await app.GetAsync("two");
        await app.GetAsync("one");

        Assert.That(app.Endpoint.Forms.Select(form => form["username"]), Is.EqualTo(["anna"]));
    }

    [Test]
    public async Task An_account_with_a_credentials_provider_is_not_shared_and_not_compared()
    {
        await using var app = new App(services =>
        {
            services.AddKeyedSingleton<IApiaxCredentialsProvider>("two", new CredentialsStub { Password = "from the vault" });
            services.AddHttpClient("one").AddApiaxAuth(App.Anna);
            services.AddHttpClient("two").AddApiaxAuth(options => options.TokenTimeout = TimeSpan.FromSeconds(20));
        });

        await app.GetAsync("one");
        await app.GetAsync("two");

        Assert.That(app.Endpoint.Forms.Select(form => form["password"]), Is.EqualTo(["right", "from the vault"]));
    }

    private App Both() => new(services =>
    {
        services.AddHttpClient("one").AddApiaxAuth(_configuration.GetSection("One"));
        services.AddHttpClient("two").AddApiaxAuth(_configuration.GetSection("Two"));
    });

    private static async Task ExpireAsync(App app, string client)
    {
        app.Endpoint.RefusesRefreshTokens = true;
        app.Time.Advance(TimeSpan.FromHours(1));
        await app.GetAsync(client);
    }

    private void Set(string key, string value)
    {
        _configuration[key] = value;
        _configuration.Reload();
    }

    private static IHost Host(Action<IServiceCollection> configure)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(settings: null);
        configure(builder.Services);
        return builder.Build();
    }
}
