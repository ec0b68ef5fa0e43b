using Apiax.Http.Handlers;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Samples.NUnit;

/// <summary>The web API with a fake token and a fake API: nothing is sent, no account is needed.</summary>
public sealed class FakeTokenTests
{
    [Test]
    public async Task The_API_is_called_with_the_token_of_the_fake()
    {
        var api = new FakeApi();
        await using var application = new WebApplicationFactory<RulesClient>().WithWebHostBuilder(builder => builder.ConfigureTestServices(services =>
        {
            services.AddSingleton<IApiaxAccessTokenProvider, FakeTokens>();
            services.AddHttpClient<RulesClient>().ConfigurePrimaryHttpMessageHandler(() => api);
        }));
        using var http = application.CreateClient();

        Assert.That(await http.GetStringAsync("/rules"), Is.EqualTo("""["a rule"]"""));
        Assert.That(api.Authorization, Is.EqualTo("Bearer fake-token"));
    }

    private sealed class FakeTokens : IApiaxAccessTokenProvider
    {
        public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(new ApiaxAccessToken("fake-token", DateTimeOffset.UtcNow.AddHours(1)));

        // Called after a 401. Null: the request is not sent again.
        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult<ApiaxAccessToken?>(null);
    }

    private sealed class FakeApi : HttpMessageHandler
    {
        public string? Authorization { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Authorization = request.Headers.Authorization?.ToString();
            return Task.FromResult(new HttpResponseMessage { Content = new StringContent("""["a rule"]""") });
        }
    }
}
