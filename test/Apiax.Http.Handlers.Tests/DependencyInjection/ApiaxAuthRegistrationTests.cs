using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers.Tests;

/// <summary>The registration methods: where their settings come from, and which account they use.</summary>
[TestFixture]
internal sealed class ApiaxAuthRegistrationTests
{
    private static readonly (string, string?)[] Section = [("Apiax:Username", "anna"), ("Apiax:Password", "right"), ("Apiax:ClientId", "from-configuration")];

    [Test]
    public void The_registration_methods_return_their_receiver()
    {
        var services = new ServiceCollection();
        var client = services.AddHttpClient("rules");
        var section = App.Configuration(Section).GetSection("Apiax");

        Assert.Multiple(() =>
        {
            Assert.That(services.AddApiaxAuth(), Is.SameAs(services));
            Assert.That(services.AddApiaxAuth(App.Anna), Is.SameAs(services));
            Assert.That(services.AddApiaxAuth(section), Is.SameAs(services));
            Assert.That(client.AddApiaxAuth(), Is.SameAs(client));
            Assert.That(client.AddApiaxAuth(App.Anna), Is.SameAs(client));
            Assert.That(client.AddApiaxAuth(section), Is.SameAs(client));
        });
        services.ConfigureHttpClientDefaults(defaults =>
        {
            Assert.That(defaults.AddApiaxAuth(), Is.SameAs(defaults));
            Assert.That(defaults.AddApiaxAuth(App.Anna), Is.SameAs(defaults));
            Assert.That(defaults.AddApiaxAuth(section), Is.SameAs(defaults));
        });
    }

    private static IEnumerable<TestCaseData<Action<IServiceCollection>>> Sources =>
    [
        new(services => services.AddSingleton<IConfiguration>(App.Configuration(Section)).AddApiaxAuth()) { TestName = "{m}(the section Apiax)" },
        new(services => services.AddApiaxAuth(App.Configuration(Section).GetSection("Apiax"))) { TestName = "{m}(a section)" },
        new(services => services.AddApiaxAuth(options =>
        {
            App.Anna(options);
            options.ClientId = "from-configuration";
        })) { TestName = "{m}(code)" },
        new(services => services.ConfigureHttpClientDefaults(client => client.AddApiaxAuth(App.Configuration(Section).GetSection("Apiax")))) { TestName = "{m}(defaults, a section)" },
        new(services => services.AddSingleton<IConfiguration>(App.Configuration(Section)).ConfigureHttpClientDefaults(client => client.AddApiaxAuth())) { TestName = "{m}(defaults, the section Apiax)" },
        new(services => services.AddHttpClient("rules").AddApiaxAuth(App.Configuration(Section).GetSection("Apiax"))) { TestName = "{m}(a client, a section)" },
        new(services => services.AddHttpClient("rules").AddApiaxAuth(options =>
        {
            App.Anna(options);
            options.ClientId = "from-configuration";
        })) { TestName = "{m}(a client, code)" },
    ];

    [TestCaseSource(nameof(Sources))]
    public async Task Settings_come_from(Action<IServiceCollection> configure)
    {
        await using var app = new App(configure);

        Assert.That(await app.GetAsync(), Is.EqualTo(HttpStatusCode.OK));

        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1"]));
        Assert.That(app.Endpoint.Forms.Single()["client_id"], Is.EqualTo("from-configuration"));
    }

    [Test]
    public async Task AddApiaxAuth_without_parameters_works_without_a_configuration()
    {
        await using var app = new App(services => services.AddApiaxAuth().Configure<ApiaxAuthOptions>(App.Anna));

        Assert.That(await app.GetAsync(), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1"]));
    }

    [Test]
    public async Task Only_AddApiaxAuth_of_the_services_without_parameters_reads_the_configuration()
    {
        await using var app = new App(services => services.AddSingleton<IConfiguration>(App.Configuration(Section)).AddApiaxAuth(App.Ben));

        await app.GetAsync();

        Assert.That(app.Endpoint.Forms.Single()["client_id"], Is.EqualTo(ApiaxAuthDefaults.ClientId));
    }

    [Test]
    public async Task A_client_without_its_own_settings_uses_the_shared_account()
    {
        await using var app = new App(services =>
        {
            services.AddHttpClient("rules").AddApiaxAuth();
            services.AddApiaxAuth(App.Anna);
        });

        await app.GetAsync("rules");
        await app.GetAsync("another");

        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1", "access-1"]));
        Assert.That(app.Endpoint.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task A_clients_own_account_starts_from_the_defaults()
    {
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(options =>
            {
                App.Anna(options);
                options.ClientId = "shared";
                options.ApiHosts.Add("shared.example");
            });
            services.AddHttpClient("rules").AddApiaxAuth(App.Ben);
        });

        await app.GetAsync("rules");
        await app.GetAsync("rules", "https://shared.example/");

        Assert.That(app.Api.Tokens, Is.EqualTo(new[] { "access-1", null }));
        Assert.That((app.Endpoint.Forms.Single()["client_id"], app.Endpoint.Forms.Single()["username"]), Is.EqualTo((ApiaxAuthDefaults.ClientId, "ben")));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_clients_own_account_takes_precedence_over_the_shared_one(bool ownFirst)
    {
        await using var app = new App(services =>
        {
            if (ownFirst)
                services.AddHttpClient("rules").AddApiaxAuth(App.Ben);

            services.AddApiaxAuth(App.Anna);
            services.AddHttpClient("rules").AddApiaxAuth();
            if (!ownFirst)
                services.AddHttpClient("rules").AddApiaxAuth(App.Ben);
        });

        await app.GetAsync("rules");

        Assert.That(app.Endpoint.Forms.Single()["username"], Is.EqualTo("ben"));
    }

    [Test]
    public async Task The_unnamed_client_may_have_its_own_account()
    {
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(App.Anna);
            services.AddHttpClient("").AddApiaxAuth(App.Ben);
        });

        await app.GetAsync("");
        await app.GetAsync("another");

        Assert.That(app.Endpoint.Forms.Select(form => form["username"]), Is.EqualTo(["ben", "anna"]));
    }

    [Test]
    public async Task The_container_is_valid_and_gives_one_provider()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));

        using var scope = app.Provider.CreateScope();

        Assert.That(scope.ServiceProvider.GetRequiredService<IApiaxAccessTokenProvider>(), Is.SameAs(app.Tokens));
    }
}
