using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http;

namespace Apiax.Http.Handlers.Tests.Applications;

/// <summary>A web application under test: its tests replace services after the application has registered everything.</summary>
[TestFixture]
internal sealed class WebApplicationTests
{
    private static IEnumerable<TestCaseData<Action<IServiceCollection, ApiStub, TokenEndpointStub>, string>> Ways =>
    [
        new(Stub, "access-1") { TestName = "{m}(stubs behind both clients)" },
        new((services, api, endpoint) =>
        {
            Stub(services, api, endpoint);
            services.AddSingleton<IApiaxAccessTokenProvider, Fake>();
        }, "fake") { TestName = "{m}(a fake token provider)" },
        new((services, api, endpoint) => services.PostConfigureAll<HttpClientFactoryOptions>(options => options.HttpMessageHandlerBuilderActions.Add(
            builder => builder.PrimaryHandler = builder.Name == ApiaxAuthDefaults.TokenClientName ? endpoint : api)), "access-1") { TestName = "{m}(all primary handlers post-configured)" },
    ];

    [TestCaseSource(nameof(Ways))]
    public async Task Its_tests_may_replace(Action<IServiceCollection, ApiStub, TokenEndpointStub> replace, string token)
    {
        using var api = new ApiStub();
        using var endpoint = new TokenEndpointStub();
        await using var factory = new Factory(services => replace(services, api, endpoint));
        using var client = factory.CreateClient();

        using var answer = await client.GetAsync(new Uri("/", UriKind.Relative)).Soon();

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(api.Tokens, Is.EqualTo([token]));
        Assert.That(endpoint.Requests, Is.EqualTo(token == "fake" ? 0 : 1));
    }

    private static void Stub(IServiceCollection services, HttpMessageHandler api, HttpMessageHandler endpoint)
    {
        services.AddHttpClient("rules").ConfigurePrimaryHttpMessageHandler(() => api);
        services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => endpoint);
    }

    /// <summary>The application; it has no entry point of its own.</summary>
    private sealed class Factory(Action<IServiceCollection> replace) : WebApplicationFactory<WebApplicationTests>
    {
        protected override IHostBuilder CreateHostBuilder() => Host.CreateDefaultBuilder().ConfigureWebHostDefaults(web => web
            .ConfigureServices(services => services.AddHttpClient("rules").AddApiaxAuth(options => (options.Username, options.Password) = ("anna", Application.Password)))
            .Configure(app => app.Run(async context =>
            {
                using var client = context.RequestServices.GetRequiredService<IHttpClientFactory>().CreateClient("rules");
                using var answer = await client.GetAsync(new Uri("https://api.apiax.io/rules"), context.RequestAborted);
                context.Response.StatusCode = (int)answer.StatusCode;
            })));

        protected override void ConfigureWebHost(IWebHostBuilder builder) => builder.UseContentRoot(AppContext.BaseDirectory).ConfigureTestServices(replace);
    }

    private sealed class Fake : IApiaxAccessTokenProvider
    {
        public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => new(new ApiaxAccessToken("fake", DateTimeOffset.MaxValue));

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) => default;
    }
}
