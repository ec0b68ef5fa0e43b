using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class ScopedCredentialsProviderTests
{
    [Test]
    public async Task A_registered_provider_takes_precedence_over_the_settings()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Ben).AddSingleton<IApiaxCredentialsProvider>(new CredentialsStub { Password = "from the vault" }));

        await app.GetAsync();

        Assert.That((app.Endpoint.Forms.Single()["username"], app.Endpoint.Forms.Single()["password"]), Is.EqualTo(("anna", "from the vault")));
    }

    [Test]
    public async Task A_registered_provider_needs_no_user_in_the_settings()
    {
        await using var app = new App(services => services.AddApiaxAuth(_ => { }).AddScoped<IApiaxCredentialsProvider, CredentialsStub>());

        await app.GetAsync();

        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1"]));
    }

    [Test]
    public async Task A_scoped_provider_is_created_for_each_login_and_disposed()
    {
        var log = new List<string>();
        await using var app = new App(services => services.AddApiaxAuth(_ => { }).AddSingleton(log).AddScoped<IApiaxCredentialsProvider, ScopedVault>());
        app.Endpoint.RefusesRefreshTokens = true;

        await app.GetAsync();
        app.Time.Advance(TimeSpan.FromSeconds(1800));
        await app.GetAsync();

        Assert.That(log, Is.EqualTo(["made", "asked", "gone", "made", "asked", "gone"]));
    }

    [Test]
    public async Task A_clients_own_account_has_the_provider_of_its_name_and_no_other()
    {
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(_ => { }).AddSingleton<IApiaxCredentialsProvider>(new CredentialsStub { Password = "shared" });
            services.AddKeyedSingleton<IApiaxCredentialsProvider>("keyed", new CredentialsStub { Password = "keyed" });
            services.AddHttpClient("keyed").AddApiaxAuth(_ => { });
            services.AddHttpClient("own").AddApiaxAuth(App.Ben);
        });

        foreach (var client in (string[])["another", "keyed", "own"])
            await app.GetAsync(client);

        Assert.That(app.Endpoint.Forms.Select(form => form["password"]), Is.EqualTo(["shared", "keyed", "right"]));
    }

    [Test]
    public async Task The_unnamed_clients_own_account_has_the_provider_of_the_empty_name()
    {
        await using var app = new App(services =>
        {
            services.AddKeyedSingleton<IApiaxCredentialsProvider>("", new CredentialsStub { Password = "keyed" });
            services.AddHttpClient("").AddApiaxAuth(_ => { });
        });

        await app.GetAsync(client: "");

        Assert.That(app.Endpoint.Forms.Single()["password"], Is.EqualTo("keyed"));
    }

    [TestCase("")]
    [TestCase("rules")]
    public void A_container_that_cannot_report_registrations_has_no_provider(string account) =>
        Assert.That(ScopedCredentialsProvider.IsRegistered(new TaciturnContainer(), account), Is.False);

    private sealed class TaciturnContainer : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }

    private sealed class ScopedVault : IApiaxCredentialsProvider, IAsyncDisposable
    {
        private readonly List<string> _log;

        public ScopedVault(List<string> log)
        {
            _log = log;
            _log.Add("made");
        }

        public ValueTask<ApiaxCredentials> GetCredentialsAsync(ApiaxCredentialsRequest request, CancellationToken cancellationToken)
        {
            _log.Add("asked");
            return new(new ApiaxCredentials("anna", "right"));
        }

        public ValueTask DisposeAsync()
        {
            _log.Add("gone");
            return default;
        }
    }
}
