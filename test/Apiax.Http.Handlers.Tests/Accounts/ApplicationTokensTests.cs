using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers.Tests;

/// <summary>A token provider of the application, for example a test's fake: no real login with a real password.</summary>
[TestFixture]
internal sealed class ApplicationTokensTests
{
    private static IEnumerable<TestCaseData<Action<IServiceCollection>>> Fakes =>
    [
        new(services => services.AddSingleton<IApiaxAccessTokenProvider>(new Fake("fake"))) { TestName = "{m}(a singleton)" },
        new(services => services.AddScoped<IApiaxAccessTokenProvider>(_ => new Fake("fake"))) { TestName = "{m}(scoped)" },
        new(services => services.AddTransient<IApiaxAccessTokenProvider>(_ => new Fake("fake"))) { TestName = "{m}(transient)" },
    ];

    [TestCaseSource(nameof(Fakes))]
    public async Task A_provider_without_a_key_serves_every_client_whenever_it_is_registered(Action<IServiceCollection> register)
    {
        foreach (var before in (bool[])[true, false])
        {
            await using var app = new App(services =>
            {
                if (before)
                    register(services);

                services.AddApiaxAuth(App.Anna).AddHttpClient("own").AddApiaxAuth(App.Ben);
                services.AddHttpClient("sharing").AddApiaxAuth();
                if (!before)
                    register(services);
            });

            foreach (var client in (string[])["", "own", "sharing", "another"])
                Assert.That(await app.GetAsync(client), Is.EqualTo(HttpStatusCode.OK));

            var byKey = await app.Provider.GetRequiredKeyedService<IApiaxAccessTokenProvider>("own").GetTokenAsync().Soon();
            Assert.That((app.Api.Tokens.Distinct(StringComparer.Ordinal).Single(), byKey.Value, app.Endpoint.Requests), Is.EqualTo(("fake", "fake", 0)));
        }
    }

    /// <summary>The factory replaces handlers every two minutes.</summary>
    [TestCaseSource(nameof(Fakes))]
    public async Task It_is_the_same_account_for_each_handler_of_a_client(Action<IServiceCollection> register)
    {
        await using var app = new App(services => register(services.AddApiaxAuth(App.Anna)));
        var application = app.Provider.GetRequiredService<ApplicationTokens>();

        var (before, after) = (application.For("rules"), application.For("rules"));

        Assert.That(after, Is.SameAs(before));
    }

    [Test]
    public async Task A_clients_own_provider_takes_precedence([Values] bool keyless)
    {
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(App.Anna).AddHttpClient("rules").AddApiaxAuth(App.Ben);
            services.AddKeyedSingleton<IApiaxAccessTokenProvider>("rules", new Fake("rules-fake"));
            if (keyless)
                services.AddSingleton<IApiaxAccessTokenProvider>(new Fake("fake"));
        });

        await app.GetAsync("rules");
        await app.GetAsync("another");

        Assert.That(app.Api.Tokens, Is.EqualTo(["rules-fake", keyless ? "fake" : "access-1"]));
        Assert.That(app.Endpoint.Requests, Is.EqualTo(keyless ? 0 : 1));
    }

    /// <summary>The account is then not needed, so its endpoint may be missing.</summary>
    [Test]
    public async Task It_serves_a_client_whose_account_has_no_token_endpoint([Values(null, "token")] string? endpoint)
    {
        await using var app = new App(services => services
            .AddApiaxAuth(options => options.TokenEndpoint = endpoint is null ? null! : new Uri(endpoint, UriKind.Relative))
            .AddSingleton<IApiaxAccessTokenProvider>(new Fake("fake")));

        Assert.That(await app.GetAsync(), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(app.Api.Tokens, Is.EqualTo(["fake"]));
    }

    [Test]
    public async Task It_is_also_found_in_a_container_without_keyed_services_and_for_a_client_without_a_name([Values] bool knowsKeys, [Values] bool listsKeys)
    {
        await using var services = new ServiceCollection()
            .AddKeyedSingleton<IApiaxAccessTokenProvider>("", new Fake("unnamed"))
            .AddSingleton<IApiaxAccessTokenProvider>(new Fake("fake"))
            .BuildServiceProvider();
        using var tokens = new ApplicationTokens(knowsKeys && listsKeys ? services : knowsKeys ? new Unlisted(services) : new Keyless(services), Microsoft.Extensions.Options.Options.Create(new ClientRegistrations()));

        Assert.That((await tokens.For(client: null)!.GetTokenAsync()).Value, Is.EqualTo(knowsKeys ? "unnamed" : "fake"));
        Assert.That((await tokens.For("another")!.GetTokenAsync()).Value, Is.EqualTo("fake"));
    }


    [Test]
    public async Task The_shared_account_can_be_resolved_even_if_every_client_has_its_own_settings()
    {
        await using var app = new App(services => services.AddHttpClient("own").AddApiaxAuth(App.Ben));

        var failure = await Waiting.FailureOf<OptionsValidationException>(app.Provider.GetRequiredService<IApiaxAccessTokenProvider>().GetTokenAsync().AsTask());

        Assert.That(failure.Failures, Has.Some.Contains("Username"));
    }

    [Test]
    public async Task A_decorator_of_the_provider_without_a_key_serves_every_client_by_the_account()
    {
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(App.Anna);
            Decorate(services);
        });

        Assert.That((await app.GetAsync(""), app.Endpoint.Requests), Is.EqualTo((HttpStatusCode.OK, 1)));
    }

    [TestCase("rules", "anna")]
    [TestCase("screening", "ben")]
    public async Task A_decorator_of_the_provider_without_a_key_serves_each_client_by_its_own_account(string client, string user)
    {
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(App.Anna).AddHttpClient("rules").AddApiaxAuth();
            services.AddHttpClient("screening").AddApiaxAuth(App.Ben);
            Decorate(services);
        });

        await app.GetAsync(client);
        await app.Provider.GetRequiredKeyedService<IApiaxAccessTokenProvider>(client).GetTokenAsync();

        Assert.That(app.Endpoint.Forms.Select(form => form["username"]), Is.EqualTo([user]));
    }

    /// <summary>For example a timer or a loop that a decorator starts in its first call: it would otherwise send this client's token for all others.</summary>
    [Test]
    public async Task Code_that_a_decorator_starts_during_a_call_gets_the_token_of_the_shared_account_after_it([Values] bool startsInReplacement)
    {
        var decorator = new Capturing();
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(App.Anna).AddHttpClient("screening").AddApiaxAuth(App.Ben);
            Decorate(services, decorator.Around);
        });
        if (startsInReplacement)
            app.Api.Rejected.Add("access-1");

        await app.GetAsync("screening");
        Task<ApiaxAccessToken>? later = null;
        ExecutionContext.Run((startsInReplacement ? decorator.Replacing : decorator.Getting)!, _ => later = decorator.GetTokenAsync().AsTask(), null);
        await later!.Soon();

        Assert.That(app.Endpoint.Forms.Where(form => form["grant_type"] == "password").Select(form => form["username"]), Is.EqualTo(["ben", "anna"]));
    }

    [Test]
    public async Task A_provider_without_a_key_may_get_its_tokens_from_a_clients()
    {
        await using var app = new App(services =>
        {
            services.AddHttpClient("rules").AddApiaxAuth(App.Ben);
            services.AddSingleton<IApiaxAccessTokenProvider>(provider => new Decorator(provider.GetRequiredKeyedService<IApiaxAccessTokenProvider>("rules")));
        });

        Assert.That((await app.GetAsync("rules"), app.Endpoint.Requests), Is.EqualTo((HttpStatusCode.OK, 1)));
    }

    [Test]
    public async Task A_factory_that_returns_null_is_an_error_and_sends_no_password([Values] bool isKeyed)
    {
        await using var app = new App(services =>
        {
            services.AddHttpClient("rules").AddApiaxAuth(App.Anna);
            if (isKeyed)
                services.AddKeyedSingleton<IApiaxAccessTokenProvider>("rules", (_, _) => null!);
            else
                services.AddSingleton<IApiaxAccessTokenProvider>(_ => null!);
        });

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => app.GetAsync());

        Assert.That((failure!.Message, app.Endpoint.Requests), Is.EqualTo(("The factory of IApiaxAccessTokenProvider returned null.", 0)));
    }

    [Test]
    public async Task A_provider_with_any_key_serves_clients_or_is_an_error([Values] bool hasOwnSettings)
    {
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(App.Anna).AddKeyedSingleton<IApiaxAccessTokenProvider>(KeyedService.AnyKey, (_, _) => new Fake("fake"));
            if (hasOwnSettings)
                services.AddHttpClient("rules").AddApiaxAuth(App.Ben);
        });

        if (hasOwnSettings)
            Assert.That((await Assert.ThrowsAsync<InvalidOperationException>(() => app.GetAsync()))!.Message, Does.Contain("AnyKey"));
        else
            Assert.That(await app.GetAsync(), Is.EqualTo(HttpStatusCode.OK));

        Assert.That(app.Endpoint.Requests, Is.Zero);
    }

    /// <summary>Its scope lives as long as the container: with a health check, thousands would be kept each day.</summary>
    [Test]
    public async Task A_transient_provider_is_created_once([Values(null, "rules")] string? key)
    {
        var created = 0;
        await using var app = new App(services =>
        {
            services.AddHttpClient("rules").AddApiaxAuth(App.Anna);
            if (key is null)
                services.AddTransient<IApiaxAccessTokenProvider>(_ => new Fake($"fake-{++created}"));
            else
                services.AddKeyedTransient<IApiaxAccessTokenProvider>(key, (_, _) => new Fake($"fake-{++created}"));
        });
        var accounts = app.Provider.GetRequiredService<ApiaxAccounts>();

        for (var check = 0; check < 10; check++)
            Assert.That(accounts.GetStatus(), Is.Empty);
        await app.GetAsync("rules");

        Assert.That((created, app.Api.Tokens.Single()), Is.EqualTo((1, "fake-1")));
    }

    [Test]
    public async Task A_scoped_provider_is_disposed_asynchronously()
    {
        var isDisposed = false;
        var app = new App(services => services.AddApiaxAuth(App.Anna).AddScoped<IApiaxAccessTokenProvider>(_ => new Disposable(() => isDisposed = true)));
        await app.GetAsync("");

        await app.DisposeAsync();

        Assert.That(isDisposed);
    }

    [Test]
    public async Task Only_ApiHosts_is_validated()
    {
        using var works = HostOf(options => (options.TokenEndpoint, options.ClientId, options.AttemptTimeout) = (null!, "", TimeSpan.Zero));
        using var fails = HostOf(options => options.ApiHosts.Add("https://api.apiax.io/"));

        await works.StartAsync().Soon();
        var failure = await Waiting.FailureOf<OptionsValidationException>(fails.StartAsync());

        Assert.That(failure.Failures.Single(), Does.Contain("ApiHosts"));
        await works.StopAsync().Soon();
    }

    [Test]
    public async Task Settings_without_an_account_are_not_validated()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddHttpClient("rules").AddApiaxAuth();
        builder.Services.AddKeyedSingleton<IApiaxAccessTokenProvider>("rules", new Fake("fake"));
        using var host = builder.Build();

        await host.StartAsync().Soon();
        await host.StopAsync().Soon();
    }

    [Test]
    public async Task A_shared_account_that_no_client_uses_is_not_validated()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddHttpClient("rules").AddApiaxAuth();
        builder.Services.AddKeyedSingleton<IApiaxAccessTokenProvider>("rules", new Fake("fake"));
        builder.Services.AddHttpClient("screening").AddApiaxAuth();
        builder.Services.AddHttpClient("screening").AddApiaxAuth(App.Ben);
        using var host = builder.Build();

        await host.StartAsync().Soon();

        Assert.That(host.Services.GetRequiredService<ApiaxAccounts>().GetStatus().Select(account => account.Account), Is.EqualTo(["screening"]));
        await host.StopAsync().Soon();
    }

    [Test]
    public async Task There_is_no_sign_in_or_sign_out_and_no_credentials_are_read()
    {
        var credentials = new CredentialsStub();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddApiaxAuth(_ => { }).AddSingleton<IApiaxCredentialsProvider>(credentials).AddSingleton<IApiaxAccessTokenProvider>(new Fake("fake"));
        builder.Services.AddApiaxAuthWarmup(required: true).AddApiaxAuthSignOut();
        using var endpoint = new TokenEndpointStub();
        builder.Services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => endpoint);
        using var host = builder.Build();

        await host.StartAsync().Soon();
        var accounts = host.Services.GetRequiredService<ApiaxAccounts>();
        await accounts.SignInAsync().Soon();
        await host.StopAsync().Soon();

        Assert.That(accounts.GetStatus(), Is.Empty);
        Assert.That((endpoint.Requests, endpoint.Revocations.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task One_clients_account_may_be_the_applications_provider()
    {
        await using var app = new App(services =>
        {
            services.AddHttpClient("rules").AddApiaxAuth(App.Anna);
            services.AddSingleton(provider => provider.GetRequiredKeyedService<IApiaxAccessTokenProvider>("rules"));
        });

        await app.GetAsync("rules");

        Assert.That((await app.Tokens.GetTokenAsync().Soon()).Value, Is.EqualTo("access-1"));
        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1"]));
    }

    /// <summary>For example the container of a test's fixture, which itself has the library's provider.</summary>
    [Test]
    public async Task The_library_provider_of_another_container_serves_as_a_fake([Values(null, "rules")] string? key, [Values] bool hasOwnSettings)
    {
        await using var fixture = new App(services => services.AddApiaxAuth(App.Anna).AddHttpClient("rules").AddApiaxAuth(App.Anna));
        var fake = key is null ? fixture.Tokens : fixture.Provider.GetRequiredKeyedService<IApiaxAccessTokenProvider>(key);
        await using var app = new App(services =>
        {
            if (hasOwnSettings)
                services.AddHttpClient("rules").AddApiaxAuth(App.Ben);
            else
                services.AddApiaxAuth(App.Ben);

            if (key is null)
                services.AddSingleton(fake);
            else
                services.AddKeyedSingleton(key, fake);
        });

        await app.GetAsync();

        Assert.That((app.Endpoint.Requests, fixture.Endpoint.Requests), Is.EqualTo((0, 1)));
        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1"]));
    }

    [Test]
    public async Task The_library_provider_of_another_container_with_any_key_serves_clients()
    {
        await using var fixture = new App(services => services.AddApiaxAuth(App.Anna));
        await using var app = new App(services => services.AddApiaxAuth(App.Ben).AddKeyedSingleton(KeyedService.AnyKey, fixture.Tokens));

        await app.GetAsync();

        Assert.That((app.Endpoint.Requests, fixture.Endpoint.Requests), Is.EqualTo((0, 1)));
    }

    [TestCase(null)]
    [TestCase("screening")]
    public async Task The_provider_of_one_client_serves_those_for_which_it_is_registered(string? key)
    {
        await using var app = new App(services =>
        {
            services.AddHttpClient("rules").AddApiaxAuth(App.Anna);
            services.AddHttpClient("screening").AddApiaxAuth(App.Ben);
            if (key is null)
                services.AddTransient(provider => provider.GetRequiredKeyedService<IApiaxAccessTokenProvider>("rules"));
            else
                services.AddKeyedTransient(key, (provider, _) => provider.GetRequiredKeyedService<IApiaxAccessTokenProvider>("rules"));
        });

        foreach (var client in (string[])["rules", "screening", "rules"])
            await app.GetAsync(client);

        await app.Provider.GetRequiredKeyedService<IApiaxAccessTokenProvider>("screening").GetTokenAsync().Soon();
        Assert.That(app.Endpoint.Forms.Select(form => form["username"]), Is.EqualTo(["anna"]));
    }

    [TestCase(null)]
    [TestCase("screening")]
    public async Task The_account_of_a_provider_that_serves_other_clients_is_validated_when_the_host_starts(string? key)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddHttpClient("rules").AddApiaxAuth(_ => { });
        builder.Services.AddHttpClient("screening").AddApiaxAuth(App.Ben);
        if (key is null)
            builder.Services.AddSingleton(provider => provider.GetRequiredKeyedService<IApiaxAccessTokenProvider>("rules"));
        else
            builder.Services.AddKeyedSingleton(key, (provider, _) => provider.GetRequiredKeyedService<IApiaxAccessTokenProvider>("rules"));

        using var host = builder.Build();

        Assert.That((await Waiting.FailureOf<OptionsValidationException>(host.StartAsync())).Failures, Has.Some.Contains("Username"));
    }

    /// <summary>For example a fake that reads the hosts. Its account may have no password.</summary>
    [Test]
    public async Task Its_constructor_may_read_the_settings(
        [Values(null, "rules")] string? key, [Values] FirstUse use, [Values] bool ofClient, [Values] bool monitors)
    {
        var created = 0;
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(key is null ? _ => { } : App.Anna).AddHttpClient("rules").AddApiaxAuth(_ => { });
            Register(services, key, provider =>
            {
                Assert.That(++created, Is.EqualTo(1));
                if (ofClient || monitors)
                    provider.GetRequiredService<IOptionsMonitor<ApiaxAuthOptions>>().Get(ofClient ? "rules" : Options.DefaultName);
                else
                    _ = provider.GetRequiredService<IOptions<ApiaxAuthOptions>>().Value;
                return new Fake("fake");
            });
        });

        Use(app.Provider, use);
        await app.GetAsync("rules");

        Assert.That((app.Api.Tokens.Single(), created), Is.EqualTo(("fake", 1)));
    }

    [Test]
    public async Task A_decorators_constructor_may_get_a_token([Values(null, "rules")] string? key, [Values] FirstUse use)
    {
        var created = 0;
        Task<ApiaxAccessToken>? first = null;
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(App.Anna).AddHttpClient("rules").AddApiaxAuth(App.Ben);
            services.AddHttpClient("screening").AddApiaxAuth(App.Anna);
            var library = services.Last(service => service.ServiceType == typeof(IApiaxAccessTokenProvider) && Equals(service.ServiceKey, key));
            Register(services, key, provider =>
            {
                Assert.That(++created, Is.EqualTo(1));
                var tokens = (IApiaxAccessTokenProvider)(key is null ? library.ImplementationFactory!(provider) : library.KeyedImplementationFactory!(provider, key));
                first = tokens.GetTokenAsync().AsTask();
                return new Decorator(tokens);
            });
        });

        Use(app.Provider, use);
        await app.GetAsync("rules");
        await first!.Soon();

        Assert.That(app.Endpoint.Forms.Select(form => form["username"]), Is.EquivalentTo(key is null ? ["anna", "ben"] : new[] { "ben" }));
    }

    [Test]
    public async Task A_constructor_may_get_the_token_of_a_client([Values(null, "screening")] string? key, [Values] FirstUse use)
    {
        var created = 0;
        Task<ApiaxAccessToken>? first = null;
        await using var app = new App(services =>
        {
            services.AddHttpClient("screening").AddApiaxAuth(App.Anna);
            services.AddHttpClient("rules").AddApiaxAuth(App.Ben);
            services.AddHttpClient("another").AddApiaxAuth(App.Anna);
            Register(services, key, provider =>
            {
                // One more if the container creates the provider without a key for someone else: the library does not see that.
                Assert.That(++created, Is.LessThanOrEqualTo(use is FirstUse.SharedProvider && key is null ? 2 : 1));
                var tokens = provider.GetRequiredKeyedService<IApiaxAccessTokenProvider>("rules");
                first = tokens.GetTokenAsync().AsTask();
                return new Decorator(tokens);
            });
        });

        Use(app.Provider, use);
        await app.GetAsync("screening");
        await first!.Soon();

        Assert.That(app.Endpoint.Forms.Select(form => form["username"]), Is.EqualTo(["ben"]));
    }

    [Test]
    public async Task A_constructor_that_needs_its_own_token_is_an_error([Values(null, "rules")] string? key, [Values(FirstUse.Start, FirstUse.ClientCall)] FirstUse use)
    {
        App? app = null;
        var created = 0;
        await using var running = app = new App(services =>
        {
            services.AddHttpClient("rules").AddApiaxAuth(App.Anna);
            Register(services, key, _ =>
            {
                Assert.That(++created, Is.EqualTo(1));
                app!.Client().Send(new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/token"));
                return new Fake("fake");
            });
        });

        var failure = await Waiting.FailureOf<InvalidOperationException>(Task.Run(() =>
        {
            Use(app.Provider, use);
            return app.GetAsync("rules");
        }));

        Assert.That((failure.Message, app.Endpoint.Requests), Is.EqualTo(("The constructor of the registered IApiaxAccessTokenProvider sends a request that needs its token.", 0)));
    }

    [Test]
    public async Task Code_that_a_constructor_starts_gets_the_token_of_the_provider_after_it()
    {
        ExecutionContext? creation = null;
        await using var app = new App(services =>
        {
            services.AddHttpClient("rules").AddApiaxAuth(App.Anna);
            Register(services, key: null, _ =>
            {
                creation = ExecutionContext.Capture();
                return new Fake("fake");
            });
        });
        await app.GetAsync("rules");

        Task<ApiaxAccessToken>? later = null;
        ExecutionContext.Run(creation!, _ => later = app.Provider.GetRequiredKeyedService<IApiaxAccessTokenProvider>("rules").GetTokenAsync().AsTask(), null);

        Assert.That(((await later!.Soon()).Value, app.Endpoint.Requests), Is.EqualTo(("fake", 0)));
    }

    /// <summary>What creates the provider.</summary>
    public enum FirstUse
    {
        Start,
        ClientCall,
        SharedProvider,
        ClientsProvider,
        Status,
    }

    private static void Use(IServiceProvider services, FirstUse use)
    {
        if (use is FirstUse.Start)
            services.GetRequiredService<IStartupValidator>().Validate();
        else if (use is FirstUse.SharedProvider)
            services.GetRequiredService<IApiaxAccessTokenProvider>();
        else if (use is FirstUse.ClientsProvider)
            services.GetRequiredKeyedService<IApiaxAccessTokenProvider>("rules");
        else if (use is FirstUse.Status)
            services.GetRequiredService<ApiaxAccounts>().GetStatus();
    }

    private static void Register(IServiceCollection services, string? key, Func<IServiceProvider, IApiaxAccessTokenProvider> create)
    {
        if (key is null)
            services.AddSingleton(create);
        else
            services.AddKeyedSingleton(key, (provider, _) => create(provider));
    }

    [Test]
    public async Task A_token_that_the_fake_replaces_is_replaced()
    {
        await using var app = new App(services => services.AddApiaxAuth(_ => { }).AddSingleton<IApiaxAccessTokenProvider>(new Fake("fake")));
        app.Api.Rejected.Add("fake");

        Assert.That(await app.GetAsync(), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(app.Api.Tokens, Is.EqualTo(["fake", "fake-2"]));
    }

    private static IHost HostOf(Action<ApiaxAuthOptions> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddApiaxAuth(configure).AddSingleton<IApiaxAccessTokenProvider>(new Fake("fake"));
        return builder.Build();
    }

    private sealed class Fake(string token) : IApiaxAccessTokenProvider
    {
        public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => new(new ApiaxAccessToken(token, DateTimeOffset.MaxValue));

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) =>
            new(new ApiaxAccessToken(rejected.Value + "-2", DateTimeOffset.MaxValue));
    }

    private static void Decorate(IServiceCollection services, Func<IApiaxAccessTokenProvider, IApiaxAccessTokenProvider>? decorate = null)
    {
        decorate ??= tokens => new Decorator(tokens);
        var library = services.Last(service => service.ServiceType == typeof(IApiaxAccessTokenProvider) && !service.IsKeyedService);
        services.AddSingleton(provider => decorate((IApiaxAccessTokenProvider)library.ImplementationFactory!(provider)));
    }

    /// <summary>Keeps the context of its calls, as everything does that it starts during them.</summary>
    private sealed class Capturing : IApiaxAccessTokenProvider
    {
        private IApiaxAccessTokenProvider? _tokens;

        public ExecutionContext? Getting { get; private set; }

        public ExecutionContext? Replacing { get; private set; }

        public Capturing Around(IApiaxAccessTokenProvider tokens)
        {
            _tokens = tokens;
            return this;
        }

        public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default)
        {
            Getting ??= ExecutionContext.Capture();
            return _tokens!.GetTokenAsync(cancellationToken);
        }

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default)
        {
            Replacing ??= ExecutionContext.Capture();
            return _tokens!.ReplaceTokenAsync(rejected, cancellationToken);
        }
    }

    private sealed class Decorator(IApiaxAccessTokenProvider tokens) : IApiaxAccessTokenProvider
    {
        public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => tokens.GetTokenAsync(cancellationToken);

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) => tokens.ReplaceTokenAsync(rejected, cancellationToken);
    }

    private sealed class Disposable(Action disposed) : IApiaxAccessTokenProvider, IAsyncDisposable
    {
        public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => new(new ApiaxAccessToken("fake", DateTimeOffset.MaxValue));

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) => new((ApiaxAccessToken?)null);

        public ValueTask DisposeAsync()
        {
            disposed();
            return default;
        }
    }

    /// <summary>A container that does not say which keys it knows.</summary>
    private sealed class Unlisted(IServiceProvider services) : Keyless(services), IKeyedServiceProvider
    {
        private readonly IServiceProvider _services = services;

        public object? GetKeyedService(Type serviceType, object? serviceKey) => ((IKeyedServiceProvider)_services).GetKeyedService(serviceType, serviceKey);

        public object GetRequiredKeyedService(Type serviceType, object? serviceKey) => ((IKeyedServiceProvider)_services).GetRequiredKeyedService(serviceType, serviceKey);
    }

    private class Keyless(IServiceProvider services) : IServiceProvider, IServiceScopeFactory, IServiceScope
    {
        public IServiceProvider ServiceProvider => this;

        public object? GetService(Type serviceType) =>
            serviceType == typeof(IServiceScopeFactory) ? this : serviceType == typeof(IServiceProviderIsKeyedService) ? null : services.GetService(serviceType);

        public IServiceScope CreateScope() => this;

        public void Dispose()
        {
        }
    }
}
