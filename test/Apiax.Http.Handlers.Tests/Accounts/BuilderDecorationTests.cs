using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Whatever an application does to the factory's filters, builders, options and loggers: the token is added once, or the application gets an error.</summary>
[TestFixture]
internal sealed class BuilderDecorationTests
{
    private static readonly Dictionary<string, Action<IServiceCollection>> Recipes = new(StringComparer.Ordinal)
    {
        ["the logging filter replaced"] = services => services.AddHttpClient().Replace(ServiceDescriptor.Singleton<IHttpMessageHandlerBuilderFilter, OwnLogFilter>()),
        ["all filters removed"] = services => services.AddHttpClient().RemoveAll<IHttpMessageHandlerBuilderFilter>(),
        ["a filter more"] = services => services.AddSingleton<IHttpMessageHandlerBuilderFilter, OwnLogFilter>(),
        ["a filter in front"] = services => services.Insert(0, ServiceDescriptor.Singleton<IHttpMessageHandlerBuilderFilter, OwnLogFilter>()),
        ["all loggers removed"] = services => services.ConfigureHttpClientDefaults(client => client.RemoveAllLoggers()),
        ["a builder of its own kind"] = services => services.AddTransient<HttpMessageHandlerBuilder, PlainBuilder>(),
        ["a builder from a factory"] = services => services.AddTransient<HttpMessageHandlerBuilder>(provider => new PlainBuilder(provider)),
        ["a scoped builder"] = services => services.AddScoped<HttpMessageHandlerBuilder, PlainBuilder>(),
        ["a keyed builder"] = services => services.AddKeyedTransient<HttpMessageHandlerBuilder, MockBuilder>("mine"),
        ["everything post-configured"] = services => services.PostConfigureAll<HttpClientFactoryOptions>(options => options.HttpMessageHandlerBuilderActions.Add(builder => builder.AdditionalHandlers.Add(new RecordingHandler()))),
        ["actions cleared"] = services => services.AddHttpClient("rules").Services.PostConfigure<HttpClientFactoryOptions>("rules", options => options.HttpMessageHandlerBuilderActions.Insert(0, builder => builder.AdditionalHandlers.Clear())),
    };

    private static readonly string[] OnlyBefore = ["a builder of its own kind", "a builder from a factory", "a scoped builder"];

    private static IEnumerable<TestCaseData<string, bool>> Cases =>
        from recipe in Recipes.Keys
        from before in new[] { true, false }
        where before || !OnlyBefore.Contains(recipe)
        select new TestCaseData<string, bool>(recipe, before) { TestName = $"{{m}}({recipe}, {(before ? "before" : "after")})" };

    [TestCaseSource(nameof(Cases))]
    public async Task The_token_is_sent_and_only_the_primary_handlers_see_a_secret(string recipe, bool before)
    {
        using var recorder = new RecordingHandler();
        await using var app = new App(services =>
        {
            if (before)
                Recipes[recipe](services);

            services.AddApiaxAuth(App.Anna);
            if (!before)
                Recipes[recipe](services);

            services.AddHttpClient("rules").AddHttpMessageHandler(() => recorder);
        });

        Assert.That(await app.GetAsync(), Is.EqualTo(HttpStatusCode.OK));

        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1"]));
        Assert.That(app.Endpoint.Requests, Is.EqualTo(1));
        Assert.That(recorder.Authorizations, Has.All.Null);
        Assert.That(OwnLogFilter.Seen, Has.None.Contains("access-1").And.None.Contains("right"));
    }

    private static IEnumerable<TestCaseData<Action<IServiceCollection, HttpMessageHandler>>> PrimariesSetLate =>
    [
        new((services, api) => services.PostConfigureAll<HttpClientFactoryOptions>(options => options.HttpMessageHandlerBuilderActions.Add(builder =>
        {
            if (builder.Name == "rules")
                builder.PrimaryHandler = api;
        }))) { TestName = "{m}(PostConfigureAll)" },
        new((services, api) => services.AddSingleton<IHttpMessageHandlerBuilderFilter>(new PrimaryFilter(api))) { TestName = "{m}(a filter)" },
        new((services, api) => services.Insert(0, ServiceDescriptor.Singleton<IHttpMessageHandlerBuilderFilter>(new PrimaryFilter(api)))) { TestName = "{m}(a filter in front)" },
    ];

    [TestCaseSource(nameof(PrimariesSetLate))]
    public async Task A_primary_handler_that_is_set_late_gets_the_token(Action<IServiceCollection, HttpMessageHandler> set)
    {
        using var api = new ApiStub();
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(App.Anna);
            set(services, api);
        });

        await app.GetAsync();

        Assert.That(api.Tokens, Is.EqualTo(["access-1"]));
    }

    [Test]
    public async Task A_tests_own_builder_is_in_force_when_it_was_there_before()
    {
        using var mock = new MockBuilder();
        var services = new ServiceCollection();
        services.AddSingleton<HttpMessageHandlerBuilder>(mock).AddApiaxAuth(App.Anna);
        await using var provider = services.BuildServiceProvider();
        using var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient("rules");

        using var answer = await client.GetAsync(new Uri("https://api.apiax.io/rules")).Soon();

        Assert.That(mock.Api.Tokens, Is.EqualTo(["access-1"]));
        Assert.That(mock.Endpoint.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task A_builder_that_is_registered_afterwards_is_refused_at_start_and_when_a_client_is_created()
    {
        using var host = HostOf(services => services.AddApiaxAuth(App.Anna).AddTransient<HttpMessageHandlerBuilder, PlainBuilder>());

        var atStart = await Waiting.FailureOf<OptionsValidationException>(host.StartAsync());
        var atUse = Assert.Throws<ApiaxAuthException>(() => host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("rules"));

        Assert.That(atStart.Failures.Single(), Is.EqualTo(atUse!.Message).And.Contains(nameof(PlainBuilder)).And.Contains("Call the same AddApiaxAuth again"));
    }

    [Test]
    public void A_client_without_the_token_accepts_such_a_builder()
    {
        using var host = HostOf(services => services.AddTransient<HttpMessageHandlerBuilder, PlainBuilder>().AddHttpClient("rules").AddApiaxAuth(App.Anna));

        Assert.That(host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("another"), Is.Not.Null);
    }

    private static IEnumerable<TestCaseData<Action<IServiceCollection>>> LateBuilders =>
    [
        new(services => services.AddTransient<HttpMessageHandlerBuilder, PlainBuilder>()) { TestName = "{m}(added)" },
        new(services => services.Replace(ServiceDescriptor.Transient<HttpMessageHandlerBuilder, PlainBuilder>())) { TestName = "{m}(replaced)" },
        new(Wrap) { TestName = "{m}(wrapped)" },
        new(services =>
        {
            Wrap(services);
            services.AddApiaxAuth(App.Anna);
            Wrap(services);
        }) { TestName = "{m}(wrapped twice)" },
    ];

    [TestCaseSource(nameof(LateBuilders))]
    public async Task The_same_registration_again_fixes_it(Action<IServiceCollection> register)
    {
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(App.Anna);
            register(services);
            services.AddApiaxAuth(App.Anna);
        });

        await app.GetAsync();

        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1"]));
        Assert.That(app.Handlers().OfType<BearerTokenHandler>().Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_logger_provider_may_need_a_client_of_the_factory([Values] bool withDefaultLoggers)
    {
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(App.Anna);
            services.AddSingleton<ILoggerProvider, ClientLoggerProvider>();
            services.AddHttpClient(nameof(ClientLoggerProvider)).RemoveAllLoggers();
            if (!withDefaultLoggers)
                services.ConfigureHttpClientDefaults(client => client.RemoveAllLoggers());
        });

        Assert.That(await Task.Run(() => app.GetAsync()).Soon(), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1"]));
    }

    [Test]
    public async Task No_service_of_the_application_is_resolved_while_a_client_is_created()
    {
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(App.Anna).ConfigureHttpClientDefaults(client => client.RemoveAllLoggers());
            services.AddSingleton<ILoggerFactory>(_ => throw new InvalidOperationException("A logger was asked for."));
            services.AddSingleton<IOptionsFactory<ApiaxAuthOptions>>(_ => throw new InvalidOperationException("Settings were asked for."));
            services.AddSingleton<ITokenStore>(_ => throw new InvalidOperationException("The store was asked for."));
            services.AddSingleton<IApiaxCredentialsProvider>(_ => throw new InvalidOperationException("Credentials were asked for."));
        });

        Assert.That(app.Client(), Is.Not.Null);
    }

    [Test]
    public async Task The_builder_looks_like_the_one_it_decorates()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        using var scope = app.Provider.CreateScope();
        var builder = scope.ServiceProvider.GetRequiredService<HttpMessageHandlerBuilder>();
        using var primary = new ApiStub();
        using var additional = new RecordingHandler();

        builder.Name = "rules";
        builder.PrimaryHandler = primary;
        builder.AdditionalHandlers.Add(additional);
        using var built = builder.Build();

        Assert.That((builder.Name, builder.Services), Is.EqualTo(("rules", scope.ServiceProvider)));
        Assert.That(builder.PrimaryHandler, Is.SameAs(primary), "Who looks after it was built must not see another handler.");
        Assert.That(built, Is.SameAs(additional));
        Assert.That(additional.InnerHandler, Is.TypeOf<BearerTokenHandler>());
    }

    [Test]
    public void The_builder_is_decorated_once_for_any_number_of_registrations()
    {
        var services = new ServiceCollection();
        services.AddApiaxAuth(App.Anna).AddApiaxAuth().AddHttpClient("rules").AddApiaxAuth(App.Ben);
        var builder = services.Single(service => service.ServiceType == typeof(HttpMessageHandlerBuilder));

        Assert.That(services.AddApiaxAuth().Single(service => service.ServiceType == typeof(HttpMessageHandlerBuilder)), Is.SameAs(builder));
        Assert.That(builder.Lifetime, Is.EqualTo(ServiceLifetime.Transient));
        Assert.That(services.Where(service => service.ServiceType == typeof(IHttpMessageHandlerBuilderFilter)).Select(filter => filter.ImplementationType?.Assembly), Has.All.Not.EqualTo(typeof(ApiaxAuthOptions).Assembly));
    }

    private static IHost HostOf(Action<IServiceCollection> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        configure(builder.Services);
        return builder.Build();
    }

    /// <summary>As decoration packages do.</summary>
    private static void Wrap(IServiceCollection services)
    {
        var inner = services.Last(service => service.ServiceType == typeof(HttpMessageHandlerBuilder));
        services[services.IndexOf(inner)] = ServiceDescriptor.Transient<HttpMessageHandlerBuilder>(provider => new WrappingBuilder((HttpMessageHandlerBuilder)inner.ImplementationFactory!(provider)));
    }

    private sealed class PlainBuilder(IServiceProvider services) : HttpMessageHandlerBuilder
    {
        public override string? Name { get; set; }

        public override HttpMessageHandler PrimaryHandler { get; set; } = new HttpClientHandler();

        public override IList<DelegatingHandler> AdditionalHandlers { get; } = [];

        public override IServiceProvider Services => services;

        public override HttpMessageHandler Build() => CreateHandlerPipeline(PrimaryHandler, AdditionalHandlers);
    }

    private sealed class WrappingBuilder(HttpMessageHandlerBuilder inner) : HttpMessageHandlerBuilder
    {
        public override string? Name
        {
            get => inner.Name;
            set => inner.Name = value!;
        }

        public override HttpMessageHandler PrimaryHandler
        {
            get => inner.PrimaryHandler;
            set => inner.PrimaryHandler = value;
        }

        public override IList<DelegatingHandler> AdditionalHandlers => inner.AdditionalHandlers;

        public override IServiceProvider Services => inner.Services;

        public override HttpMessageHandler Build() => inner.Build();
    }

    /// <summary>As in many tests: one builder for all clients, which ignores their configuration.</summary>
    private sealed class MockBuilder : HttpMessageHandlerBuilder, IDisposable
    {
        public ApiStub Api { get; } = new();

        public TokenEndpointStub Endpoint { get; } = new();

        public override string? Name { get; set; }

        public override HttpMessageHandler PrimaryHandler { get; set; } = null!;

        public override IList<DelegatingHandler> AdditionalHandlers => [];

        public override HttpMessageHandler Build() => Name == ApiaxAuthDefaults.TokenClientName ? Endpoint : Api;

        public void Dispose()
        {
            Api.Dispose();
            Endpoint.Dispose();
        }
    }

    private sealed class PrimaryFilter(HttpMessageHandler primary) : IHttpMessageHandlerBuilderFilter
    {
        public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => builder =>
        {
            next(builder);
            if (builder.Name == "rules")
                builder.PrimaryHandler = primary;
        };
    }

    private sealed class OwnLogFilter : IHttpMessageHandlerBuilderFilter
    {
        public static List<string> Seen { get; } = [];

        public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => builder =>
        {
            next(builder);
            builder.AdditionalHandlers.Add(new LogHandler());
        };

        private sealed class LogHandler : DelegatingHandler
        {
            protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            {
                var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
                lock (Seen)
                    Seen.Add($"{request.Headers} {body}");

                return await base.SendAsync(request, cancellationToken);
            }
        }
    }

    private sealed class ClientLoggerProvider : ILoggerProvider
    {
        private readonly HttpClient _client;

        public ClientLoggerProvider(IHttpClientFactory factory) => _client = factory.CreateClient(nameof(ClientLoggerProvider));

        public ILogger CreateLogger(string categoryName) => Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public void Dispose() => _client.Dispose();
    }
}
