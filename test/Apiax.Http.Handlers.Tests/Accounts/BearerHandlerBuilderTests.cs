using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers.Tests;

/// <summary>One handler for each client, inside all others, with any registration methods in any order.</summary>
[TestFixture]
internal sealed class BearerHandlerBuilderTests
{
    private static readonly Dictionary<string, Action<IServiceCollection>> Steps = new(StringComparer.Ordinal)
    {
        ["services"] = services => services.AddApiaxAuth(App.Anna),
        ["one client"] = services => services.AddHttpClient("rules").AddApiaxAuth(),
        ["defaults"] = services => services.ConfigureHttpClientDefaults(client => client.AddApiaxAuth(App.Anna)),
        ["a handler"] = services => services.AddHttpClient("rules").AddHttpMessageHandler(provider => provider.GetRequiredService<RecordingHandler>()),
        ["resilience"] = services => services.AddHttpClient("rules").AddStandardResilienceHandler(Impatient),
        ["hedging"] = services => services.AddHttpClient("rules").AddStandardHedgingHandler().Configure(options => options.Hedging.Delay = TimeSpan.Zero),
    };

    private static IEnumerable<TestCaseData<string[]>> Orders =>
        from first in Steps.Keys
        from second in Steps.Keys
        from third in Steps.Keys
        where first != second && second != third && first != third
        where new[] { first, second, third }.Any(step => step is "services" or "defaults")
        where new[] { first, second, third }.Count(step => step is "resilience" or "hedging") < 2
        select new TestCaseData<string[]>([first, second, third]) { TestName = $"{{m}}({first}, {second}, {third})" };

    [TestCaseSource(nameof(Orders))]
    public async Task Every_order_of_registration_gives_one_handler_inside_all_others(string[] order)
    {
        using var recorder = new RecordingHandler();
        await using var app = new App(services =>
        {
            services.AddSingleton(recorder);
            Array.ForEach(order, step => Steps[step](services));
        });

        Assert.That(await app.GetAsync(), Is.EqualTo(HttpStatusCode.OK));

        Assert.Multiple(() =>
        {
            Assert.That(app.Handlers().OfType<BearerTokenHandler>().Count(), Is.EqualTo(1));
            Assert.That(app.Api.Tokens, Has.All.EqualTo("access-1"));
            Assert.That(recorder.Authorizations, Has.All.Null);
            Assert.That(recorder.HadAuthorizationAfterwards, Is.False);
        });
    }

    [TestCaseSource(nameof(Orders))]
    public async Task Nothing_is_inside_the_handler_no_logger_either(string[] order)
    {
        await using var app = new App(services =>
        {
            services.AddTransient<RecordingHandler>();
            Array.ForEach(order, step => Steps[step](services));
        });

        var handlers = app.Handlers().ToList();

        var inside = handlers[(handlers.FindIndex(handler => handler is BearerTokenHandler) + 1)..];
        Assert.That(inside.Select(handler => handler.GetType()), Is.EqualTo([typeof(ApiStub)]));
    }

    [Test]
    public async Task Each_retry_of_a_resilience_handler_carries_the_current_token()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna).AddHttpClient("rules").AddStandardResilienceHandler(Impatient));
        app.Endpoint.LifetimeInSeconds = 1;
        app.Api.Answer = (call, _) =>
        {
            // The token expires between two attempts.
            app.Time.Advance(TimeSpan.FromSeconds(1));
            return call.Number < 3 ? new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) : null;
        };

        Assert.That(await app.GetAsync(), Is.EqualTo(HttpStatusCode.OK));

        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1", "access-2", "access-3"]));
    }

    [Test]
    public async Task Hedged_calls_all_carry_the_token()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna).AddHttpClient("rules").AddStandardHedgingHandler()
            .Configure(options => options.Hedging.Delay = TimeSpan.Zero));
        app.Api.Answer = (call, _) => call.Number == 1 ? new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) : null;

        Assert.That(await app.GetAsync(), Is.EqualTo(HttpStatusCode.OK));

        Assert.That(app.Api.Calls, Has.Count.GreaterThan(1));
        Assert.That(app.Api.Tokens, Has.All.EqualTo("access-1"));
    }

    [Test]
    public async Task A_synchronous_call_waits_for_its_token()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        using var client = app.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules");

        using var response = await Task.Run(() => client.Send(request)).Soon();

        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1"]));
    }

    [TestCase("")]
    [TestCase("rules")]
    [TestCase("another")]
    public async Task Every_client_of_the_factory_has_the_token(string client)
    {
        await using var app = new App(services => services.AddHttpClient().AddApiaxAuth(App.Anna));

        await app.GetAsync(client);

        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1"]));
    }

    [Test]
    public async Task Registering_one_client_does_not_affect_the_others()
    {
        await using var app = new App(services => services.AddHttpClient("rules").AddApiaxAuth().Services.Configure<ApiaxAuthOptions>(App.Anna));

        await app.GetAsync("rules");
        await app.GetAsync("another");

        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1", null]));
    }

    [Test]
    public async Task A_host_without_the_token_is_logged_once_for_all_clients_of_an_account()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));

        await app.GetAsync("rules", "https://evil.example/");
        await app.GetAsync("another", "https://evil.example/");

        Assert.That(app.Logs.Of("UnlistedHost").Select(entry => entry.Level), Is.EqualTo([LogLevel.Information]));
    }

    [Test]
    public async Task A_host_without_the_token_is_a_warning_where_the_client_itself_is_registered([Values] bool hasAccount)
    {
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(App.Anna);
            if (hasAccount)
                services.AddHttpClient("rules").AddApiaxAuth(App.Ben);
            else
                services.AddHttpClient("rules").AddApiaxAuth();
        });

        await app.GetAsync("another", "https://rules.bank.example/");
        await app.GetAsync("rules", "https://rules.bank.example/");

        Assert.That(app.Logs.Of("UnlistedHost").Select(entry => entry.Level), Is.EqualTo([LogLevel.Information, LogLevel.Warning]));
    }

    [Test]
    public async Task All_clients_of_an_account_share_one_token()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));

        for (var call = 0; call < 3; call++)
            await app.GetAsync($"client-{call}");

        Assert.That(app.Endpoint.Requests, Is.EqualTo(1));
    }

    private static void Impatient(HttpStandardResilienceOptions options)
    {
        options.Retry.Delay = TimeSpan.Zero;
        options.Retry.UseJitter = false;
    }
}
