using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Apiax.Http.Handlers.Testing;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Time.Testing;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Polly;
using Refit;

namespace Apiax.Http.Handlers.Tests.Readme;

/// <summary>The README's C# blocks, each between its region marks, run against the sandbox.</summary>
[TestFixture]
internal sealed class ReadmeExamples
{
    private readonly ServiceCollection _services = new();
    private ApiaxSandbox _apiax = null!;

    private string Url => new Uri(_apiax.BaseAddress, "rules").ToString();

    [SetUp]
    public async Task StartAsync()
    {
        _apiax = await ApiaxSandbox.StartAsync();
        _apiax.StubApi("/rules", """["one rule"]""");
    }

    [TearDown]
    public async Task StopAsync()
    {
        _services.Clear();
        await _apiax.DisposeAsync();
    }

    [Test]
    public async Task First_screen()
    {
        var url = Url;
        var args = Settings().Select(setting => $"--{setting.Key}={setting.Value}").ToArray();

        #region README
        var builder = Host.CreateApplicationBuilder(args);
        builder.Services.AddHttpClient().AddApiaxAuth();
        using var host = builder.Build();
        var rules = await host.Services.GetRequiredService<IHttpClientFactory>().CreateClient().GetStringAsync(url);
        #endregion

        Assert.That(rules, Does.Contain("one rule"));
        Assert.That(_apiax.Logins, Is.EqualTo(1));
    }

    [Test]
    public async Task Telemetry()
    {
        var services = _services;
        List<Metric> metrics = [];
        List<Activity> spans = [];

        #region README
        services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddMeter(ApiaxAuthDiagnostics.MeterName))
            .WithTracing(tracing => tracing.AddSource(ApiaxAuthDiagnostics.ActivitySourceName));
        #endregion

        services.ConfigureOpenTelemetryMeterProvider(meters => meters.AddInMemoryExporter(metrics));
        services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddInMemoryExporter(spans));
        services.AddHttpClient().AddApiaxAuth(_apiax.Configure);
        await using var provider = services.BuildServiceProvider();
        var (meters, tracer) = (provider.GetRequiredService<MeterProvider>(), provider.GetRequiredService<TracerProvider>());
        await provider.GetRequiredService<IHttpClientFactory>().CreateClient().GetStringAsync(Url);
        meters.ForceFlush();
        tracer.ForceFlush();

        Assert.That(metrics.Select(metric => metric.Name), Is.SupersetOf(new[] { "apiax.auth.token.requests", "apiax.auth.token.remaining", "apiax.auth.state" }));
        Assert.That(() => spans.Select(span => span.OperationName).ToList(), Has.One.EqualTo("apiax.auth.token").After(5).Seconds.PollEvery(20).MilliSeconds);
    }

    [Test]
    public async Task In_a_host()
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        var services = builder.Services;
        services.AddHttpClient().AddApiaxAuth(_apiax.Configure);

        #region README
        services.AddHealthChecks().AddApiaxAuth();
        services.AddApiaxAuthWarmup();
        services.AddApiaxAuthSignOut();
        #endregion

        using var host = builder.Build();
        await host.StartAsync();
        await _apiax.TokenRequestsArrived(1);
        await host.Services.GetRequiredService<IApiaxAccessTokenProvider>().GetTokenAsync();
        Assert.That((await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Status, Is.EqualTo(HealthStatus.Healthy));
        await host.StopAsync();
        Assert.That((_apiax.Logins, _apiax.Sessions), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task Typed_client()
    {
        var (services, apiax) = (_services, _apiax);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(Settings()).Build();

        #region README
        services.Configure<ApiaxAuthOptions>(configuration.GetSection("Apiax"));
        services.AddHttpClient<RulesClient>(http => http.BaseAddress = apiax.BaseAddress).AddApiaxAuth();
        #endregion

        await using var provider = services.BuildServiceProvider();
        Assert.That(await provider.GetRequiredService<RulesClient>().GetAsync(), Is.EqualTo(new[] { "one rule" }));
    }

    [Test]
    public async Task Replicas()
    {
        var services = _services;
        var (folder, redis) = (Directory.CreateTempSubdirectory("apiax-keys-"), "127.0.0.1:1");
        services.AddHttpClient().AddApiaxAuth(_apiax.Configure);

        #region README
        services.AddDataProtection().PersistKeysToFileSystem(folder).SetApplicationName("rules");
        services.AddApiaxRedisTokenStore(redis);
        #endregion

        await using (var provider = services.BuildServiceProvider())
            await provider.GetRequiredService<IApiaxAccessTokenProvider>().GetTokenAsync();

        folder.Delete(recursive: true);
        Assert.That(_apiax.Logins, Is.EqualTo(1), "a Redis that is not there is no reason not to work");
    }

    [Test]
    public async Task Refit_client()
    {
        var (services, apiax, username, password) = (_services, _apiax, _apiax.Username, _apiax.Password);

        #region README
        services.AddRefitGeneratedClient<IRulesApi>()
            .ConfigureHttpClient(http => http.BaseAddress = apiax.BaseAddress)
            .AddApiaxAuth(options => (options.Username, options.Password) = (username, password));
        #endregion

        // The block shows a user of the real Apiax, whose endpoint and hosts are the defaults.
        services.PostConfigureAll<ApiaxAuthOptions>(options => (options.TokenEndpoint, _) = (apiax.TokenEndpoint, AddHost(options)));
        await using var provider = services.BuildServiceProvider();
        Assert.That(await provider.GetRequiredService<IRulesApi>().GetAsync(), Is.EqualTo(new[] { "one rule" }));
    }

    [Test]
    public async Task Resilience()
    {
        var (services, apiax) = (_services, _apiax);
        services.Configure<ApiaxAuthOptions>(options =>
        {
            apiax.Configure(options);
            options.Password = "wrong";
        });

        #region README
        services.AddHttpClient<RulesClient>(http => http.BaseAddress = apiax.BaseAddress)
            .AddApiaxAuth()
            .AddStandardResilienceHandler(options =>
            {
                options.Retry.ShouldHandle = attempt => ValueTask.FromResult(IsWorthARetry(attempt.Outcome));
                options.CircuitBreaker.ShouldHandle = attempt => ValueTask.FromResult(IsWorthARetry(attempt.Outcome));
            });

        static bool IsWorthARetry(Outcome<HttpResponseMessage> outcome) =>
            outcome.Exception is not ApiaxAuthException { Reason: ApiaxAuthFailure.CredentialsRejected or ApiaxAuthFailure.Misconfigured } &&
            HttpClientResiliencePredicates.IsTransient(outcome);
        #endregion

        // With a clock that stands still a retry would wait for ever.
        services.AddSingleton<TimeProvider>(new FakeTimeProvider(TimeProvider.System.GetUtcNow()));
        await using var provider = services.BuildServiceProvider();
        var failure = await Assert.ThrowsAsync<ApiaxAuthException>(() => provider.GetRequiredService<RulesClient>().GetAsync().WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.That(failure!.Reason, Is.EqualTo(ApiaxAuthFailure.CredentialsRejected));
        Assert.That(apiax.TokenRequests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Grpc()
    {
        _services.AddApiaxAuth(_apiax.Configure);
        await using var provider = _services.BuildServiceProvider();

        #region README
        var tokens = provider.GetRequiredService<IApiaxAccessTokenProvider>();
        var credentials = CallCredentials.FromInterceptor(async (context, metadata) =>
        {
            var token = await tokens.GetTokenAsync(context.CancellationToken);
            metadata.Add("Authorization", $"Bearer {token.Value}");
        });
        #endregion

        var sent = "";
        using var server = new Answering(request =>
        {
            sent = request.Headers.Authorization!.ToString();
            return new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        });
        using var channel = GrpcChannel.ForAddress("https://api.apiax.io", new GrpcChannelOptions
        {
            HttpHandler = server,
            Credentials = ChannelCredentials.Create(ChannelCredentials.SecureSsl, credentials),
        });
        var bytes = Marshallers.Create<byte[]>(data => data, data => data);
        var method = new Method<byte[], byte[]>(MethodType.Unary, "rules", "get", bytes, bytes);
        await Assert.ThrowsAsync<RpcException>(() => channel.CreateCallInvoker().AsyncUnaryCall(method, host: null, default, []).ResponseAsync);
        Assert.That(sent, Is.EqualTo($"Bearer {(await tokens.GetTokenAsync()).Value}"));
    }

    [Test]
    public async Task Without_dependency_injection()
    {
        var url = Url;
        var options = new ApiaxAuthOptions();
        _apiax.Configure(options);

        #region README
        await using var tokens = ApiaxAccessTokens.Create(options);
        using var http = new HttpClient(new BearerTokenHandler(tokens, options) { InnerHandler = new SocketsHttpHandler() });
        var rules = await http.GetStringAsync(url);
        #endregion

        Assert.That(rules, Does.Contain("one rule"));
    }

    [Test]
    public async Task Proxy_and_certificate()
    {
        var services = _services;
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=bank", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow().AddDays(1));

        #region README
        services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
        {
            Proxy = new WebProxy("http://proxy.bank.example:8080"),
            SslOptions = { ClientCertificates = [certificate] },
        });
        #endregion

        services.AddApiaxAuth(_apiax.Configure);
        await using var provider = services.BuildServiceProvider();
        var handler = provider.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(ApiaxAuthDefaults.TokenClientName);
        while (handler is DelegatingHandler outer)
            handler = outer.InnerHandler!;

        var primary = (SocketsHttpHandler)handler;
        Assert.That(primary.Proxy, Is.TypeOf<WebProxy>());
        Assert.That(primary.SslOptions.ClientCertificates, Has.Member(certificate));
        Assert.That(primary.AllowAutoRedirect, Is.False);
    }

    [Test]
    public async Task Password_from_a_vault()
    {
        var services = _services;

        #region README
        services.AddScoped<IApiaxCredentialsProvider, VaultCredentials>();
        #endregion

        _apiax.AddUser("integration-user", "from the vault");
        services.AddSingleton(new Vault("from the vault"));
        services.AddHttpClient().AddApiaxAuth(options =>
        {
            _apiax.Configure(options);
            (options.Username, options.Password) = (null, null);
        });
        await using var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<IHttpClientFactory>().CreateClient().GetStringAsync(Url);

        Assert.That(_apiax.TokenRequests[0].Username, Is.EqualTo("integration-user"));
    }

    [Test]
    public async Task Your_tests()
    {
        var services = _services;

        #region README
        await using var apiax = await ApiaxSandbox.StartAsync();
        apiax.StubApi("/rules", """{ "rules": [] }""");
        services.AddHttpClient("rules", http => http.BaseAddress = apiax.BaseAddress).AddApiaxAuth(apiax.Configure);
        await using var provider = services.BuildServiceProvider();

        apiax.FailTokenRequests(503, times: 1);
        var rules = await provider.GetRequiredService<IHttpClientFactory>().CreateClient("rules").GetStringAsync("/rules");

        Assert.That(apiax.TokenRequests, Has.Count.EqualTo(2));
        #endregion

        Assert.That(rules, Does.Contain("rules"));
    }

    private Dictionary<string, string?> Settings() => new(StringComparer.Ordinal)
    {
        ["Apiax:Username"] = _apiax.Username,
        ["Apiax:Password"] = _apiax.Password,
        ["Apiax:TokenEndpoint"] = _apiax.TokenEndpoint.ToString(),
        ["Apiax:ApiHosts:0"] = _apiax.BaseAddress.Authority,
    };

    private bool AddHost(ApiaxAuthOptions options)
    {
        options.ApiHosts.Add(_apiax.BaseAddress.Authority);
        return true;
    }

    public interface IRulesApi
    {
        [Get("/rules")]
        Task<string[]> GetAsync();
    }

    public sealed class RulesClient(HttpClient http)
    {
        public Task<string[]?> GetAsync() => http.GetFromJsonAsync<string[]>("rules");
    }

    public sealed class Vault(string secret)
    {
        public Task<string> ReadAsync(string name, CancellationToken cancellationToken) =>
            name == "apiax/password" ? Task.FromResult(secret) : Task.FromException<string>(new OperationCanceledException(cancellationToken));
    }

    #region README
    public sealed class VaultCredentials(Vault vault) : IApiaxCredentialsProvider
    {
        public async ValueTask<ApiaxCredentials> GetCredentialsAsync(ApiaxCredentialsRequest request, CancellationToken cancellationToken) =>
            new("integration-user", await vault.ReadAsync("apiax/password", cancellationToken));
    }
    #endregion

    private sealed class Answering(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(answer(request));
    }
}
