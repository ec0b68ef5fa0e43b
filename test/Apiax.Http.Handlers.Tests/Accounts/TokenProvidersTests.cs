using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Equal accounts share one state: a wrong password must not be sent twice because two clients have it.</summary>
[TestFixture]
internal sealed class TokenProvidersTests
{
    [Test]
    public async Task Equal_accounts_log_in_once()
    {
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(App.Anna);
            services.AddHttpClient("rules").AddApiaxAuth(App.Anna);
            services.AddHttpClient("files").AddApiaxAuth(App.Anna);
        });

        foreach (var client in (string[])["rules", "files", "another"])
            await app.GetAsync(client);

        Assert.That(app.Api.Tokens, Has.All.EqualTo("access-1"));
        Assert.That(app.Endpoint.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task Equal_accounts_send_a_wrong_password_once()
    {
        await using var app = new App(services =>
        {
            services.AddHttpClient("rules").AddApiaxAuth(App.Anna);
            services.AddHttpClient("files").AddApiaxAuth(App.Anna);
        });
        app.Endpoint.Passwords.Add("another");

        await Waiting.FailureOf<ApiaxAuthException>(app.GetAsync("rules"));
        var failure = await Waiting.FailureOf<ApiaxAuthException>(app.GetAsync("files"));

        Assert.That(failure.Reason, Is.EqualTo(ApiaxAuthFailure.CredentialsRejected));
        Assert.That((app.Endpoint.Requests, app.Api.Calls.Count), Is.EqualTo((1, 0)));
    }

    private static IEnumerable<TestCaseData<Action<ApiaxAuthOptions>>> Differences =>
    [
        new(options => options.TokenEndpoint = new Uri("https://other.apiax.io/token")) { TestName = "{m}(token endpoint)" },
        new(options => options.ClientId = "other") { TestName = "{m}(client)" },
        new(options => options.Username = "other") { TestName = "{m}(user)" },
        new(options => options.Scope = "other") { TestName = "{m}(scope)" },
    ];

    [TestCaseSource(nameof(Differences))]
    public async Task Accounts_differ_by(Action<ApiaxAuthOptions> difference)
    {
        await using var app = new App(services =>
        {
            services.AddHttpClient("rules").AddApiaxAuth(App.Anna);
            services.AddHttpClient("files").AddApiaxAuth(options =>
            {
                App.Anna(options);
                difference(options);
            });
        });

        await app.GetAsync("rules");
        await app.GetAsync("files");

        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1", "access-2"]));
        Assert.That(app.Endpoint.Logins, Is.EqualTo(2));
    }

    [Test]
    public async Task Settings_of_each_client_do_not_make_another_account()
    {
        await using var app = new App(services =>
        {
            services.AddHttpClient("rules").AddApiaxAuth(App.Anna);
            services.AddHttpClient("files").AddApiaxAuth(options =>
            {
                App.Anna(options);
                options.ApiHosts.Add("files.example");
                options.RetryOnUnauthorized = false;
                options.ReplaceOnForbidden = true;
                options.MaxReplayBodySize = 0;
            });
        });

        await app.GetAsync("rules");
        await app.GetAsync("files", "https://files.example/");

        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1", "access-1"]));
    }

    [Test]
    public async Task A_token_provider_can_be_resolved_by_the_name_of_a_client()
    {
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(App.Anna);
            services.AddHttpClient("own").AddApiaxAuth(App.Ben);
            services.AddHttpClient("sharing").AddApiaxAuth();
        });

        var shared = await app.Tokens.GetTokenAsync().Soon();
        var sharing = await app.Provider.GetRequiredKeyedService<IApiaxAccessTokenProvider>("sharing").GetTokenAsync().Soon();
        var own = await app.Provider.GetRequiredKeyedService<IApiaxAccessTokenProvider>("own").GetTokenAsync().Soon();

        Assert.That(sharing, Is.SameAs(shared));
        Assert.That(own.Value, Is.EqualTo("access-2"));
        Assert.That(app.Endpoint.Forms.Select(form => form["username"]), Is.EqualTo(["anna", "ben"]));
    }

    [Test]
    public async Task The_provider_and_the_clients_share_one_token()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));

        var token = await app.Tokens.GetTokenAsync().Soon();
        await app.GetAsync();

        Assert.That(app.Api.Tokens, Is.EqualTo([token.Value]));
        Assert.That(app.Endpoint.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task A_container_can_be_disposed_synchronously_or_asynchronously_during_a_flight([Values] bool async)
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        var hold = app.Endpoint.Hold = new Gate();
        var call = Waiting.FailureOf(app.Tokens.GetTokenAsync());
        await hold.Arrived;

        if (async)
            await app.Provider.DisposeAsync().AsTask().Soon();
        else
            app.Provider.Dispose();

        Assert.That((await call).Reason, Is.EqualTo(ApiaxAuthFailure.Unavailable));
    }

    /// <summary>The shutdown timeout of a host is often shorter than the sum.</summary>
    [Test]
    public async Task Accounts_whose_flights_hang_are_disposed_together_within_the_time_of_one()
    {
        string[] clients = ["rules", "files", "reports"];
        await using var app = new App(services => Array.ForEach(clients, client => services.AddHttpClient(client).AddApiaxAuth(options => (options.Username, options.Password) = (client, "right"))));
        using var hang = new CountdownEvent(clients.Length);
        using var end = new ManualResetEventSlim();
        app.Endpoint.OnRequest = () =>
        {
            hang.Signal();
            end.Wait(TimeSpan.FromSeconds(30));
        };
        var calls = Array.ConvertAll(clients, client => app.Provider.GetRequiredKeyedService<IApiaxAccessTokenProvider>(client).GetTokenAsync().AsTask());
        Assert.That(hang.Wait(TimeSpan.FromSeconds(15)));

        var disposal = Task.Run(() => app.Provider.DisposeAsync().AsTask());
        var time = await app.Time.PassUntilAsync(disposal);
        end.Set();

        Assert.That(time.TotalSeconds, Is.InRange(7, 11));
        Assert.That(await Task.WhenAll(calls.Select(call => Waiting.FailureOf<ApiaxAuthException>(call))), Has.Length.EqualTo(3));
    }

    [Test]
    public async Task A_call_whose_token_is_rejected_while_the_container_is_disposed_gets_its_401()
    {
        await using var app = new App(services => services.AddHttpClient("rules").AddApiaxAuth(App.Anna));
        app.Api.Answer = (_, _) =>
        {
            app.Provider.Dispose();
            return ApiStub.Unauthorized();
        };

        Assert.That(await app.GetAsync(), Is.EqualTo(HttpStatusCode.Unauthorized));
    }
}
