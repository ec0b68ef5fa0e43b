using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

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
        var log = Channel.CreateUnbounded<string>();
        await using var app = new App(services => services.AddApiaxAuth(_ => { }).AddSingleton(log).AddScoped<IApiaxCredentialsProvider, ScopedVault>());
        app.Endpoint.RefusesRefreshTokens = true;

        for (var login = 0; login < 2; login++)
        {
            await app.GetAsync();
            foreach (var step in (string[])["made", "asked", "gone"])
                Assert.That(await log.Reader.ReadAsync().Soon(), Is.EqualTo(step));

            app.Time.Advance(TimeSpan.FromSeconds(1800));
        }
    }

    /// <summary>The disposal of a WCF client throws if its channel has failed.</summary>
    [Test]
    public async Task A_failure_of_its_disposal_is_logged_and_its_answer_counts()
    {
        await using var app = new App(services => services.AddApiaxAuth(_ => { }).AddScoped<IApiaxCredentialsProvider>(_ => new Undisposable(() => throw new TimeoutException("the channel"))));

        await app.GetAsync();
        await app.Logs.WaitForAsync("CredentialsProviderNotDisposed");

        var entry = app.Logs.Of("CredentialsProviderNotDisposed").Single();
        Assert.That(entry.Level, Is.EqualTo(LogLevel.Warning));
        Assert.That(entry.Details, Does.Contain("the channel"));
        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1"]));
    }

    [Test]
    public async Task Its_answer_counts_before_its_disposal_has_ended()
    {
        using var end = new ManualResetEventSlim();
        await using var app = new App(services => services.AddApiaxAuth(_ => { }).AddScoped<IApiaxCredentialsProvider>(_ => new Undisposable(() => end.Wait(TimeSpan.FromSeconds(60)))));

        await app.GetAsync();

        Assert.That((app.Api.Tokens.Single(), end.IsSet), Is.EqualTo(("access-1", false)));
        end.Set();
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

    private sealed class Undisposable(Action dispose) : IApiaxCredentialsProvider, IDisposable
    {
        public ValueTask<ApiaxCredentials> GetCredentialsAsync(ApiaxCredentialsRequest request, CancellationToken cancellationToken) =>
            new(new ApiaxCredentials("anna", "right"));

        public void Dispose() => dispose();
    }

    private sealed class ScopedVault : IApiaxCredentialsProvider, IAsyncDisposable
    {
        private readonly Channel<string> _log;

        public ScopedVault(Channel<string> log)
        {
            _log = log;
            _log.Writer.TryWrite("made");
        }

        public ValueTask<ApiaxCredentials> GetCredentialsAsync(ApiaxCredentialsRequest request, CancellationToken cancellationToken)
        {
            _log.Writer.TryWrite("asked");
            return new(new ApiaxCredentials("anna", "right"));
        }

        public ValueTask DisposeAsync()
        {
            _log.Writer.TryWrite("gone");
            return default;
        }
    }
}
