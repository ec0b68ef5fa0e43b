using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Logging;

namespace Apiax.Http.Handlers.Tests;

/// <summary>The token client has only its primary handler, whatever the application configures for every client.</summary>
[TestFixture]
internal sealed class TokenClientHandlersTests
{
    private static readonly Dictionary<string, Action<IHttpClientBuilder>> ForEveryClient = new(StringComparer.Ordinal)
    {
        ["resilience"] = client => client.AddStandardResilienceHandler(),
        ["hedging"] = client => client.AddStandardHedgingHandler(),
        ["a handler"] = client => client.AddHttpMessageHandler(() => new RecordingHandler()),
        ["an own logger"] = client => client.AddLogger(_ => new OwnLogger(), wrapHandlersPipeline: true),
        ["default loggers"] = client => client.AddDefaultLogger(),
        ["our handler"] = client => client.AddApiaxAuth(App.Anna),
    };

    private static IEnumerable<string> Names => ForEveryClient.Keys;

    [Test]
    public async Task The_token_client_has_nothing_but_its_primary([ValueSource(nameof(Names))] string what, [Values] bool before)
    {
        await using var app = new App(services =>
        {
            if (before)
                services.ConfigureHttpClientDefaults(ForEveryClient[what]);

            services.AddApiaxAuth(App.Anna);
            if (!before)
                services.ConfigureHttpClientDefaults(ForEveryClient[what]);
        });

        Assert.That(HandlersOf(app), Is.EqualTo([typeof(TokenEndpointStub)]));
        Assert.That(await app.GetAsync(), Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_handler_on_the_token_client_itself_is_not_used()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna)
            .AddHttpClient(ApiaxAuthDefaults.TokenClientName).AddHttpMessageHandler(() => new RecordingHandler()));

        Assert.That(HandlersOf(app), Is.EqualTo([typeof(TokenEndpointStub)]));
    }

    /// <summary>It would have no effect.</summary>
    [Test]
    public void The_token_client_is_refused_as_a_client_with_a_token([Values] bool hasOwnSettings)
    {
        var client = new ServiceCollection().AddHttpClient(ApiaxAuthDefaults.TokenClientName);

        Assert.That(
            () => hasOwnSettings ? client.AddApiaxAuth(App.Anna) : client.AddApiaxAuth(),
            Throws.ArgumentException.With.Message.Contains("sends the token requests and never a token"));
    }

    [Test]
    public async Task A_failing_login_is_not_repeated_by_a_resilience_handler()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna).ConfigureHttpClientDefaults(client => client.AddStandardResilienceHandler()));
        app.Endpoint.Fault = TokenEndpointStub.Overloaded;

        await Waiting.FailureOf(app.Tokens.GetTokenAsync());

        Assert.That(app.Endpoint.Requests, Is.EqualTo(1));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task The_users_primary_is_kept_whether_set_before_or_after(bool before)
    {
        using var primary = new TokenEndpointStub { Prefix = "users-" };
        var services = new ServiceCollection();
        if (before)
            services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => primary);

        services.AddApiaxAuth(App.Anna);
        if (!before)
            services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => primary);

        await using var provider = services.BuildServiceProvider();
        Assert.That((await provider.GetRequiredService<IApiaxAccessTokenProvider>().GetTokenAsync().Soon()).Value, Is.EqualTo("users-access-1"));
    }

    [Test]
    public async Task The_clients_own_settings_do_not_reach_the_token_endpoint()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna).AddHttpClient(ApiaxAuthDefaults.TokenClientName, client =>
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", "stray");
            client.BaseAddress = new Uri("https://evil.example/");
            client.Timeout = TimeSpan.FromTicks(1);
        }));
        app.Endpoint.LifetimeInSeconds = 60;

        await app.Tokens.GetTokenAsync().Soon();

        Assert.That(app.Endpoint.LastMessage!.Headers.Authorization, Is.Null);
        Assert.That(app.Endpoint.LastMessage!.RequestUri, Is.EqualTo(ApiaxAuthDefaults.TokenEndpoint));
    }

    private static IEnumerable<TestCaseData<Action<IHttpClientBuilder>>> Primaries =>
    [
        new(_ => { }) { TestName = "{m}(the factory's own)" },
        new(client => client.ConfigurePrimaryHttpMessageHandler(() => new HttpClientHandler())) { TestName = "{m}(HttpClientHandler)" },
        new(client => client.ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler())) { TestName = "{m}(SocketsHttpHandler)" },
        new(client => client.ConfigurePrimaryHttpMessageHandler(() => new RecordingHandler { InnerHandler = new SocketsHttpHandler { AllowAutoRedirect = true } })) { TestName = "{m}(wrapped)" },
        new(client => client.UseSocketsHttpHandler((handler, _) => handler.AllowAutoRedirect = true)) { TestName = "{m}(told to follow)" },
    ];

    [TestCaseSource(nameof(Primaries))]
    public async Task No_redirect_is_followed_with_the_password(Action<IHttpClientBuilder> primary)
    {
        await using var foreign = new LoopbackServer(_ => LoopbackServer.Ok);
        await using var server = new LoopbackServer(_ => LoopbackServer.RedirectTo($"http://127.0.0.1:{foreign.Port}/"));
        var services = new ServiceCollection();
        services.AddApiaxAuth(options =>
        {
            App.Anna(options);
            options.TokenEndpoint = new Uri($"http://127.0.0.1:{server.Port}/token");
        });
        primary(services.AddHttpClient(ApiaxAuthDefaults.TokenClientName));
        await using var provider = services.BuildServiceProvider();

        var failure = await Waiting.FailureOf(provider.GetRequiredService<IApiaxAccessTokenProvider>().GetTokenAsync());

        Assert.That(failure.Reason, Is.EqualTo(ApiaxAuthFailure.InvalidAnswer));
        Assert.That(failure.Message, Does.Contain("307"));
        Assert.That((server.Requests.Count, foreign.Requests.Count), Is.EqualTo((1, 0)));
    }

    [Test]
    public void The_users_primary_neither_follows_nor_keeps_cookies_nor_answers_a_challenge([Values] bool follows, [Values] bool keepsCookies, [Values] bool hasCredentials)
    {
        var credentials = hasCredentials ? CredentialCache.DefaultCredentials : null;
        using var sockets = new SocketsHttpHandler { AllowAutoRedirect = follows, UseCookies = keepsCookies, Credentials = credentials };
        using var client = new HttpClientHandler { AllowAutoRedirect = follows, UseCookies = keepsCookies, UseDefaultCredentials = hasCredentials };

        TokenPrimaryHandler.Restrict(sockets);
        TokenPrimaryHandler.Restrict(client);

        Assert.That((sockets.AllowAutoRedirect, sockets.UseCookies, sockets.Credentials), Is.EqualTo((false, false, default(ICredentials))));
        Assert.That((client.AllowAutoRedirect, client.UseCookies, client.Credentials), Is.EqualTo((false, false, default(ICredentials))));
    }

    [Test]
    public async Task A_handler_whose_redirects_cannot_be_turned_off_is_refused_by_name([Values] bool isShared)
    {
        using var shared = new WinHttpHandler();
        var services = new ServiceCollection();
        services.AddApiaxAuth(App.Anna).AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => new RecordingHandler { InnerHandler = isShared ? shared : new WinHttpHandler() });
        await using var provider = services.BuildServiceProvider();

        Assert.That(provider.GetRequiredService<TokenClientHandlers>().FindProblem(), Does.Contain("System.Net.Http.WinHttpHandler").And.Contain("new SocketsHttpHandler()"));
        Assert.That(
            () => ApiaxAccessTokens.Create(new ApiaxAuthOptions { Username = "anna", Password = "right" }, handler: shared),
            Throws.TypeOf<ApiaxAuthException>().With.Message.Contains("System.Net.Http.WinHttpHandler"));
    }

    /// <summary>Without the lease, which is always the outermost.</summary>
    private static IEnumerable<Type> HandlersOf(App app)
    {
        using var lease = app.Provider.GetRequiredService<TokenClientHandlers>().Take();
        var handler = lease;
        while (handler is DelegatingHandler { InnerHandler: { } inner })
        {
            handler = inner;
            yield return handler.GetType();
        }
    }


    private sealed class OwnLogger : IHttpClientLogger
    {
        public object? LogRequestStart(HttpRequestMessage request) => null;

        public void LogRequestStop(object? context, HttpRequestMessage request, HttpResponseMessage response, TimeSpan elapsed)
        {
        }

        public void LogRequestFailed(object? context, HttpRequestMessage request, HttpResponseMessage? response, Exception exception, TimeSpan elapsed)
        {
        }
    }
}
