using Microsoft.Extensions.Compliance.Classification;
using Microsoft.Extensions.Compliance.Redaction;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.Metrics;
using Microsoft.Extensions.Http;
using Refit;

namespace Apiax.Http.Handlers.Tests.Applications;

/// <summary>
/// Whatever an application uses, registered before or after the library: one token request, the token in every API call, the header visible only to the primary
/// handler, and the password to no handler.
/// </summary>
[TestFixture]
internal sealed class SurroundingsTests
{
    private static readonly Surroundings[] All =
    [
        new("nothing", _ => { }),
        new("the logging filter replaced", app => app.Services.Replace(ServiceDescriptor.Singleton<IHttpMessageHandlerBuilderFilter, WitnessFilter>())),
        new("all filters removed", app => app.Services.RemoveAll<IHttpMessageHandlerBuilderFilter>()),
        new("a filter in front", app => app.Services.Insert(0, ServiceDescriptor.Singleton<IHttpMessageHandlerBuilderFilter, WitnessFilter>())),
        new("a primary handler post-configured", app => SetPrimary(app, () => app.Services.PostConfigureAll<HttpClientFactoryOptions>(options => options.HttpMessageHandlerBuilderActions.Add(builder => UseApi(builder, app.Api))))),
        new("a primary handler from a filter", app => SetPrimary(app, () => app.Services.AddSingleton<IHttpMessageHandlerBuilderFilter>(new PrimaryFilter(app.Api)))),
        new("metrics", app => app.Services.AddMetrics(metrics => metrics.EnableMetrics("System.Net.Http"))),
        new("resilience", app => app.Services.ConfigureHttpClientDefaults(client => client.AddStandardResilienceHandler())),
        new("resilience of the client", app => app.Services.AddHttpClient("rules").AddStandardResilienceHandler()),
        new("hedging", app => app.Services.AddHttpClient("rules").AddStandardHedgingHandler()),
        new("resilience within hedging", app => app.Services.AddHttpClient("rules").AddStandardHedgingHandler().Services.ConfigureHttpClientDefaults(client => client.AddStandardResilienceHandler())),
        new("extended logging", app => app.Services.AddSingleton<IRedactorProvider>(NullRedactorProvider.Instance).AddExtendedHttpClientLogging(options =>
        {
            options.LogBody = true;
            options.LogRequestStart = true;
            options.RequestHeadersDataClasses.Add("Authorization", DataClassification.None);
            options.RequestBodyContentTypes.Add("application/x-www-form-urlencoded");
        })),
        new("service discovery", app => Discover(app.Services), async app => await Ok(app.Client("discovered"), "https+http://rules/rules")),
        new("service discovery and resilience, as Aspire's defaults have them", app => Discover(app.Services).ConfigureHttpClientDefaults(client => client.AddStandardResilienceHandler()), async app => await Ok(app.Client("discovered"), "https+http://rules/rules")),
        new("gRPC", app => Grpc(app, "https://api.apiax.io"), GrpcCallAsync),
        new("gRPC with service discovery", app => { Discover(app.Services); Grpc(app, "https://rules"); }, GrpcCallAsync),
        new("gRPC with resilience", app => { Grpc(app, "https://api.apiax.io"); app.Services.ConfigureHttpClientDefaults(client => client.AddStandardResilienceHandler()); }, GrpcCallAsync),
        new("Refit", app => app.Services.AddRefitGeneratedClient<IRefitRules>().ConfigureHttpClient(http => http.BaseAddress = new Uri("https://api.apiax.io")).ConfigurePrimaryHttpMessageHandler(() => app.Api), RefitCallAsync),
        new("a typed client", app => app.Services.AddHttpClient<TypedRules>(), app => app.Provider.GetRequiredService<TypedRules>().CallAsync()),
        new("NSwag's kind of client", app => app.Services.AddHttpClient<NSwagRules>(), app => app.Provider.GetRequiredService<NSwagRules>().CallAsync()),
        new("Kiota's kind of client", app => app.Services.AddHttpClient<KiotaRules>().AddHttpMessageHandler(() => new KiotaRules.CompressionHandler()), app => app.Provider.GetRequiredService<KiotaRules>().CallAsync()),
        new("a keyed client", app => app.Services.AddHttpClient("rules").AddAsKeyed(), async app =>
        {
            await using var scope = app.Provider.CreateAsyncScope();
            await Ok(scope.ServiceProvider.GetRequiredKeyedService<HttpClient>("rules"), "https://api.apiax.io/rules");
        }),
        new("the default client", _ => { }, async app => await Ok(app.Provider.GetRequiredService<HttpClient>(), "https://api.apiax.io/rules")),
        new("an invoker made by hand", _ => { }, InvokeAsync),
        new("Autofac", _ => { }, HasAutofac: true),
        new("Autofac and a typed client with resilience", app => app.Services.AddHttpClient<TypedRules>().AddStandardResilienceHandler(), app => app.Provider.GetRequiredService<TypedRules>().CallAsync(), HasAutofac: true),
        new("no scope for handlers", app => app.Services.ConfigureAll<HttpClientFactoryOptions>(options => options.SuppressHandlerScope = true)),
        new("handlers that live for a second", app => app.Services.ConfigureHttpClientDefaults(client => client.SetHandlerLifetime(TimeSpan.FromSeconds(1)))),
    ];

    [Test]
    public async Task An_application_with([ValueSource(nameof(All))] Surroundings surroundings, [Values] bool before)
    {
        await using var app = new Application();
        app.Start(surroundings, before);

        for (var call = 0; call < 2; call++)
            await (surroundings.CallAsync is { } callAsync ? callAsync(app) : Ok(app.Client(), "https://api.apiax.io/rules")).Soon();

        Assert.Multiple(() =>
        {
            Assert.That(app.Api.Tokens.Count(), Is.GreaterThanOrEqualTo(2));
            Assert.That(app.Api.Tokens, Has.All.EqualTo("access-1"));
            Assert.That(app.Endpoint.Requests, Is.EqualTo(1));
            Assert.That(Witness.Seen, Has.None.Contains("access-1").And.None.Contains(Application.Password));
            Assert.That(app.Logs.Entries.Select(entry => entry.ToString()), Has.None.Contains("access-1").And.None.Contains(Application.Password));
        });
    }

    [Test]
    public async Task With_service_discovery_hosts_are_matched_against_the_address_that_is_connected_to()
    {
        await using var app = new Application();
        app.Start(new("", each => Discover(each.Services).Configure<ApiaxAuthOptions>(options => options.ApiHosts.Add("rules"))), before: false);

        await Ok(app.Client("discovered"), "https+http://rules/rules");

        Assert.That(app.Api.Calls.Single().Uri.Host, Is.EqualTo("api.apiax.io"));
        Assert.That(app.Api.Tokens, Is.EqualTo(new string?[] { null }), "The name is listed, the address is not.");
    }

    [Test]
    public async Task The_factorys_metrics_filter_sees_the_primary_handler([Values] bool before)
    {
        await using var app = new Application();
        using var primary = new SocketsHttpHandler();
        app.Start(new("", each =>
        {
            each.Services.AddMetrics();
            SetPrimary(each, () => each.Services.AddHttpClient("rules").ConfigurePrimaryHttpMessageHandler(() => primary));
        }), before);

        using var client = app.Client();

        Assert.That(primary.MeterFactory, Is.Not.Null);
    }

    /// <summary>Its default body writes itself to the stream that it is given, and .NET cannot write it twice.</summary>
    [Test]
    public async Task A_body_of_Refit_is_sent_again_when_its_token_was_revoked()
    {
        await using var app = new Application();
        app.Start(All.Single(surroundings => surroundings.Name == "Refit"), before: true);
        app.Api.Rejected.Add("access-1");

        using var added = await app.Provider.GetRequiredService<IRefitRules>().AddAsync(new Rule("one")).Soon();

        Assert.That((added.StatusCode, app.Api.Tokens), Is.EqualTo((System.Net.HttpStatusCode.OK, (string?[])["access-1", "access-2"])));
        Assert.That(app.Api.Calls.Select(call => call.Body), Is.EqualTo((string[])["""{"name":"one"}""", """{"name":"one"}"""]));
    }

    private static async Task Ok(HttpClient client, string url)
    {
        using var answer = await client.GetAsync(new Uri(url));
        answer.EnsureSuccessStatusCode();
    }

    private static void SetPrimary(Application app, Action set)
    {
        app.SetsPrimary = true;
        set();
    }

    private static void UseApi(HttpMessageHandlerBuilder builder, HttpMessageHandler api)
    {
        if (builder.Name != ApiaxAuthDefaults.TokenClientName)
            builder.PrimaryHandler = api;
    }

    private static IServiceCollection Discover(IServiceCollection services) =>
        services.AddServiceDiscovery().ConfigureHttpClientDefaults(client => client.AddServiceDiscovery());

    private static void Grpc(Application app, string address)
    {
        app.Api.Answer = (_, request) => GrpcRules.Answer(request);
        app.Services.AddGrpcClient<GrpcRules>(options => options.Address = new Uri(address));
    }

    private static async Task GrpcCallAsync(Application app)
    {
        await using var scope = app.Provider.CreateAsyncScope();
        Assert.That(await scope.ServiceProvider.GetRequiredService<GrpcRules>().CallAsync(), Is.EqualTo("one"));
    }

    private static async Task RefitCallAsync(Application app)
    {
        var rules = app.Provider.GetRequiredService<IRefitRules>();
        using var read = await rules.GetAsync();
        using var added = await rules.AddAsync(new Rule("one"));
        read.EnsureSuccessStatusCode();
        added.EnsureSuccessStatusCode();
    }

    private static async Task InvokeAsync(Application app)
    {
        using var invoker = new HttpMessageInvoker(app.Provider.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler("rules"), disposeHandler: false);
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules");
        using var answer = await invoker.SendAsync(request, CancellationToken.None);
        answer.EnsureSuccessStatusCode();
    }

    private sealed class WitnessFilter : IHttpMessageHandlerBuilderFilter
    {
        public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => builder =>
        {
            next(builder);
            builder.AdditionalHandlers.Insert(0, new Witness());
            builder.AdditionalHandlers.Add(new Witness());
        };
    }

    private sealed class PrimaryFilter(HttpMessageHandler api) : IHttpMessageHandlerBuilderFilter
    {
        public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => builder =>
        {
            next(builder);
            UseApi(builder, api);
        };
    }
}
