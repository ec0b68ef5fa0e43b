using System.Net;
using Apiax.Http.Handlers.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Apiax.Http.Handlers.Tests.Hosting;

[TestFixture]
internal sealed class SignOutTests
{
    [Test]
    public async Task A_host_that_stops_leaves_no_session_open()
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        using var host = new HostBuilder().ConfigureServices(services => services.AddApiaxAuth(options => Revoking(apiax, options)).AddApiaxAuthSignOut()).Build();
        await host.StartAsync().Soon();
        await host.Services.GetRequiredService<IApiaxAccessTokenProvider>().GetTokenAsync().Soon();
        Assert.That((apiax.Logins, apiax.Sessions), Is.EqualTo((1, 1)));

        await host.StopAsync().Soon();

        Assert.That((apiax.Logins, apiax.Sessions), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task The_session_is_ended_by_the_logout_of_Keycloak_when_all_other_services_have_stopped()
    {
        var worker = new Worker();
        await using var app = new HostedApp(services => services.AddSingleton<IHostedService>(worker).AddApiaxAuth(App.Anna).AddApiaxAuthSignOut());
        worker.OnStop = () => Assert.That(app.Endpoint.Revocations, Is.Empty);
        await app.StartAsync();
        await app.TokenAsync();

        await app.StopAsync();

        Assert.That(app.Endpoint.Revocations.Single(), Is.EquivalentTo(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["client_id"] = "integration-api",
            ["refresh_token"] = "refresh-1",
        }));
        Assert.That((app.Endpoint.LastMessage!.Method, app.Endpoint.LastMessage.RequestUri), Is.EqualTo((HttpMethod.Post, new Uri("https://auth.apiax.io/auth/realms/apiax/protocol/openid-connect/logout"))));
        Assert.That(app.Logs.Of("SignedOut").Single().Message, Is.EqualTo("Account (shared): auth.apiax.io ended the session"));
    }

    [TestCase("https://login.example/realms/a/protocol/openid-connect/token", null, "https://login.example/realms/a/protocol/openid-connect/logout")]
    [TestCase("https://login.example:8443/auth/realms/a/protocol/openid-connect/token?tenant=a%2Fb", null, "https://login.example:8443/auth/realms/a/protocol/openid-connect/logout?tenant=a%2Fb")]
    [TestCase("https://login.bank.example//auth/realms/a/protocol/openid-connect/token?key=k", null, "https://login.bank.example//auth/realms/a/protocol/openid-connect/logout?key=k")]
    [TestCase("https://login.bank.example//evil.example/protocol/openid-connect/token", null, "https://login.bank.example//evil.example/protocol/openid-connect/logout")]
    [TestCase("https://login.example/protocol/openid-connect/token/", null, null)]
    [TestCase("https://login.example/connect/token", null, null)]
    [TestCase("https://login.example/openid-connect/token", null, null)]
    [TestCase("https://login.example", null, null)]
    [TestCase("https://login.example/realms/a/protocol/openid-connect/token", "https://login.example/end", "https://login.example/end")]
    [TestCase("https://login.example/token", "https://login.example/end", "https://login.example/end")]
    public async Task It_is_ended_at_Keycloak_s_logout_or_where_the_settings_say_and_never_elsewhere(string tokenEndpoint, string? set, string? expected)
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(options =>
        {
            App.Anna(options);
            options.TokenEndpoint = new Uri(tokenEndpoint);
            options.RevocationEndpoint = set is null ? null : new Uri(set);
        }));
        await app.TokenAsync();

        await app.Accounts.SignOutAsync().Soon();

        Assert.That(app.Endpoint.LastMessage!.RequestUri!.AbsoluteUri, Is.EqualTo(expected ?? new Uri(tokenEndpoint).AbsoluteUri));
        Assert.That(app.Endpoint.Revocations, Has.Count.EqualTo(expected is null ? 0 : 1));
        Assert.That(app.Logs.Of(expected is null ? "NotSignedOut" : "SignedOut"), Has.Exactly(1).Items);
    }

    [Test]
    public async Task If_a_revocation_endpoint_is_set_the_refresh_token_is_revoked_as_RFC_7009_defines()
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(options =>
        {
            App.Anna(options);
            options.RevocationEndpoint = new Uri("https://login.example/revoke");
        }));
        await app.TokenAsync();

        await app.Accounts.SignOutAsync().Soon();

        Assert.That(app.Endpoint.Revocations.Single(), Is.EquivalentTo(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["client_id"] = "integration-api",
            ["token"] = "refresh-1",
            ["token_type_hint"] = "refresh_token",
        }));
    }

    [Test]
    public async Task Each_account_signs_out_once_and_one_without_a_session_not_at_all()
    {
        await using var app = new HostedApp(services =>
        {
            services.AddApiaxAuth(App.Anna);
            services.AddHttpClient("own").AddApiaxAuth(App.Ben);
            services.AddHttpClient("equal").AddApiaxAuth(App.Ben);
            services.AddHttpClient("unused").AddApiaxAuth(options => (options.Username, options.Password) = ("carla", "right"));
            services.AddApiaxAuthSignOut();
        });
        await app.StartAsync();
        await app.TokenAsync();
        foreach (var client in (string[])["own", "equal"])
            await app.Services.GetRequiredKeyedService<IApiaxAccessTokenProvider>(client).GetTokenAsync().Soon();

        await app.StopAsync();

        Assert.That(app.Endpoint.Revocations.Select(form => form["refresh_token"]), Is.EquivalentTo(["refresh-1", "refresh-2"]));
    }

    [Test]
    public async Task It_takes_two_seconds_at_most()
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(App.Anna).AddApiaxAuthSignOut());
        await app.StartAsync();
        await app.TokenAsync();
        var asked = new TaskCompletionSource();
        var never = new TaskCompletionSource<HttpResponseMessage>();
        app.Endpoint.Revocation = _ =>
        {
            // A handler that ignores its cancellation token.
            asked.SetResult();
            return never.Task;
        };

        var stop = app.StopAsync();
        await asked.Task.Soon();
        app.Time.Advance(TimeSpan.FromSeconds(2) - TimeSpan.FromTicks(1));
        await Waiting.SettleAsync();
        Assert.That(stop.IsCompleted, Is.False);
        app.Time.Advance(TimeSpan.FromTicks(1));
        await stop;

        Assert.That(app.Logs.Of("NotSignedOut").Single().Message, Does.Contain("no answer in time"));
    }

    [Test]
    public async Task A_failure_is_logged_and_the_host_stops([Values] bool isAnswer)
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(App.Anna).AddApiaxAuthSignOut());
        await app.StartAsync();
        await app.TokenAsync();
        app.Endpoint.Revocation = _ => isAnswer ? Task.FromResult(new HttpResponseMessage(HttpStatusCode.ServiceUnavailable)) : throw new HttpRequestException("refused");

        await app.StopAsync();

        Assert.That(app.Logs.Of("NotSignedOut").Single().Message, Does.Contain(isAnswer ? "status 503" : "the request failed"));
        Assert.That(app.Logs.Of("SignedOut"), Is.Empty);
    }

    [Test]
    public async Task A_token_request_under_way_is_waited_for_since_it_changes_the_refresh_token()
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(App.Anna));
        await app.TokenAsync();
        var hold = app.Endpoint.Hold = new Gate();
        app.Time.Advance(TimeSpan.FromSeconds(1798));
        await app.TokenAsync();
        await hold.Arrived;

        var signOut = app.Accounts.SignOutAsync();
        await Waiting.SettleAsync();
        Assert.That(app.Endpoint.Revocations, Is.Empty);
        hold.Open();
        await signOut.Soon();

        Assert.That(app.Endpoint.Revocations.Single()["refresh_token"], Is.EqualTo("refresh-2"));
    }

    [Test]
    public async Task A_token_request_that_does_not_end_is_abandoned_and_logged()
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(App.Anna));
        var hold = app.Endpoint.Hold = new Gate();
        var call = app.TokenAsync();
        await hold.Arrived;
        using var cancellation = new CancellationTokenSource();

        var signOut = app.Accounts.SignOutAsync(cancellation.Token);
        await cancellation.CancelAsync();
        await signOut.Soon();
        hold.Open();
        await call;

        Assert.That(app.Logs.Of("NotSignedOut").Single().Message, Does.Contain("no answer in time"));
        Assert.That(app.Endpoint.Revocations, Is.Empty);
    }

    [Test]
    public async Task It_takes_two_seconds_at_most_even_if_a_handler_blocks()
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(App.Anna).AddApiaxAuthSignOut());
        await app.StartAsync();
        await app.TokenAsync();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var never = new ManualResetEventSlim();
        app.Endpoint.Revocation = _ =>
        {
            asked.SetResult();
            never.Wait(TimeSpan.FromSeconds(15), CancellationToken.None);
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
        };

        var stop = Task.Run(() => app.StopAsync());
        await asked.Task.Soon();
        app.Time.Advance(TimeSpan.FromSeconds(2));
        await stop.WaitAsync(TimeSpan.FromSeconds(10));
        never.Set();

        Assert.That(app.Logs.Of("NotSignedOut").Single().Message, Does.Contain("no answer in time"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_host_that_could_not_start_leaves_no_session_open(bool isDisposedAsynchronously)
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        var host = new HostBuilder().ConfigureServices(services => services
            .AddApiaxAuth(options => Revoking(apiax, options)).AddApiaxAuthWarmup(required: true).AddApiaxAuthSignOut().AddSingleton<IHostedService>(new Worker { OnStart = () => throw new IOException("no disk") })).Build();
        await Waiting.FailureOf<IOException>(host.StartAsync());
        Assert.That((apiax.Logins, apiax.Sessions), Is.EqualTo((1, 1)));

        if (isDisposedAsynchronously)
            await ((IAsyncDisposable)host).DisposeAsync().AsTask().Soon();
        else
            await Task.Run(host.Dispose).Soon();

        Assert.That((apiax.Logins, apiax.Sessions), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task A_synchronously_disposed_container_also_signs_out()
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        var services = new ServiceCollection();
        services.AddApiaxAuth(options => Revoking(apiax, options)).AddApiaxAuthSignOut();
        var provider = services.BuildServiceProvider();
        foreach (var service in provider.GetServices<IHostedService>().OfType<IHostedLifecycleService>())
            await service.StartingAsync(CancellationToken.None);

        await provider.GetRequiredService<IApiaxAccessTokenProvider>().GetTokenAsync().Soon();
        await Task.Run(provider.Dispose).Soon();

        Assert.That((apiax.Logins, apiax.Sessions), Is.EqualTo((1, 0)));
    }

    /// <summary>A container that is being disposed resolves nothing, so the token client's handler cannot be created again.</summary>
    [Test]
    public async Task A_host_that_is_disposed_without_a_stop_ends_the_session_also_after_the_lifetime_of_the_token_handler()
    {
        var app = new HostedApp(services => services.AddApiaxAuth(App.Anna).AddApiaxAuthSignOut());
        await app.StartAsync();
        await app.TokenAsync();

        app.Time.Advance(TimeSpan.FromMinutes(5));
        await app.DisposeAsync();

        Assert.That(app.Endpoint.Revocations, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_call_that_gets_a_401_after_it_opens_no_session()
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(App.Anna));
        var tokens = app.Services.GetRequiredService<IApiaxAccessTokenProvider>();
        var old = await tokens.GetTokenAsync().Soon();
        await app.Accounts.SignOutAsync().Soon();

        Assert.That(await tokens.ReplaceTokenAsync(old).Soon(), Is.Null, "do not send again");
        Assert.That(app.Endpoint.Logins, Is.EqualTo(1));

        var next = await tokens.GetTokenAsync().Soon();
        app.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(await tokens.ReplaceTokenAsync(next).Soon(), Is.Not.Null, "a session that was asked for is one like any other");
    }

    [Test]
    public async Task After_it_a_call_signs_in_again()
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(App.Anna));
        await app.TokenAsync();

        await app.Accounts.SignOutAsync().Soon();
        await app.Accounts.SignOutAsync().Soon();
        await app.TokenAsync();

        Assert.That(app.Endpoint.Revocations, Has.Count.EqualTo(1));
        Assert.That((app.Endpoint.Logins, app.Endpoint.Refreshes), Is.EqualTo((2, 0)));
    }

    [Test]
    public async Task The_handler_is_disposed_only_by_its_owner()
    {
        using var endpoint = new TokenEndpointStub();
        var options = new ApiaxAuthOptions { Username = "anna", Password = "right" };
        await using var tokens = new ApiaxAccessTokenProvider("(test)", options, null, () => new HandlerLease(endpoint), null, TimeProvider.System, NullLogger.Instance, TokenMetrics.Shared);
        await tokens.GetTokenAsync().Soon();

        await tokens.SignOutAsync(CancellationToken.None).Soon();

        Assert.That((endpoint.Revocations.Count, endpoint.IsDisposed), Is.EqualTo((1, false)));
    }

    [Test]
    public async Task A_session_that_others_use_continues()
    {
        using var endpoint = new TokenEndpointStub();
        var options = new ApiaxAuthOptions { Username = "anna", Password = "right" };
        var store = new GuardedTokenStore(new InMemoryTokenStore(), TimeProvider.System, NullLogger.Instance);
        await using var tokens = new ApiaxAccessTokenProvider("(test)", options, null, () => new HandlerLease(endpoint), null, TimeProvider.System, NullLogger.Instance, TokenMetrics.Shared, store);
        await tokens.GetTokenAsync().Soon();

        await tokens.SignOutAsync(CancellationToken.None).Soon();

        Assert.That(endpoint.Revocations, Is.Empty);
        Assert.That((await tokens.GetTokenAsync().Soon()).Value, Is.EqualTo("access-1"));
    }

    private static void Revoking(ApiaxSandbox apiax, ApiaxAuthOptions options)
    {
        apiax.Configure(options);
        options.RevocationEndpoint = new Uri(apiax.TokenEndpoint, "revoke");
    }

    private sealed class Worker : IHostedService
    {
        public Action OnStart { get; set; } = () => { };

        public Action OnStop { get; set; } = () => { };

        public Task StartAsync(CancellationToken cancellationToken)
        {
            OnStart();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            OnStop();
            return Task.CompletedTask;
        }
    }
}
