using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class SmokeTests
{
    [Test]
    public async Task One_line_is_enough()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var endpoint = new Stub(r => Json($$"""{"access_token":"t{{r}}","expires_in":1800,"refresh_token":"r{{r}}","token_type":"bearer"}"""));
        var api = new Stub(_ => new HttpResponseMessage(HttpStatusCode.OK));
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(time);
        services.AddHttpClient().AddApiaxAuth(o => { o.Username = "u"; o.Password = "p"; });
        services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => endpoint);
        services.AddHttpClient("rules").ConfigurePrimaryHttpMessageHandler(() => api);
        await using var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient("rules");
        for (var day = 0; day < 14 * 48 - 1; day++)
        {
            (await client.GetAsync("https://api.apiax.io/x")).EnsureSuccessStatusCode();
            time.Advance(TimeSpan.FromMinutes(30));
        }

        Assert.That(endpoint.Seen.Count(s => s.Contains("grant_type=password")), Is.EqualTo(1));
        Assert.That(api.Auth, Has.All.StartsWith("Bearer t"));
        TestContext.Out.WriteLine($"{endpoint.Seen.Count} {endpoint.Seen[0]} {endpoint.Seen[^1]}");
        (await client.GetAsync("https://evil.example/x")).EnsureSuccessStatusCode();
        Assert.That(api.Auth[^1], Is.Null);
        client.Send(new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/x"));
        Assert.That(api.Auth[^1], Does.StartWith("Bearer"));
    }

    private static HttpResponseMessage Json(string s) => new(HttpStatusCode.OK) { Content = new StringContent(s, Encoding.UTF8, "application/json") };

    private sealed class Stub(Func<int, HttpResponseMessage> answer) : HttpMessageHandler
    {
        public List<string> Seen { get; } = [];
        public List<string?> Auth { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Seen.Add(request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken));
            Auth.Add(request.Headers.Authorization?.ToString());
            return answer(Seen.Count);
        }

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Auth.Add(request.Headers.Authorization?.ToString());
            return answer(0);
        }
    }
}
