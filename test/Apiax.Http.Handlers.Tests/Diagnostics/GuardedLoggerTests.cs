using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers.Tests;

/// <summary>A log sink that throws changes nothing.</summary>
[TestFixture]
internal sealed class GuardedLoggerTests
{
    [TestCase("https://elsewhere.example/", null, HttpStatusCode.Unauthorized, 1)]
    [TestCase("https://api.apiax.io/own", "Basic own", HttpStatusCode.Unauthorized, 1)]
    [TestCase("https://api.apiax.io/replaced", null, HttpStatusCode.OK, 2)]
    [TestCase("https://api.apiax.io/stripped", null, HttpStatusCode.OK, 2)]
    [TestCase("https://api.apiax.io/stripped-again", null, HttpStatusCode.Unauthorized, 2)]
    [TestCase("https://api.apiax.io/rejected-again", null, HttpStatusCode.Unauthorized, 2)]
    public async Task A_call_gets_its_answer(string url, string? authorization, HttpStatusCode status, int sends)
    {
        using var api = new ApiStub();
        api.Answer = (call, request) =>
        {
            if (url.Contains("stripped", StringComparison.Ordinal) && (call.Number == 1 || url.EndsWith("again", StringComparison.Ordinal)))
                ApiStub.Redirect(request, url);
            return call.Number == sends && status is HttpStatusCode.OK ? null : ApiStub.Unauthorized();
        };
        using var http = new HttpClient(new BearerTokenHandler(new TokensStub(), new ApiaxAuthOptions(), new BrokenLogs()) { InnerHandler = api });
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (authorization is not null)
            request.Headers.Authorization = AuthenticationHeaderValue.Parse(authorization);

        using var response = await http.SendAsync(request).Soon();

        Assert.That((response.StatusCode, api.Calls.Count), Is.EqualTo((status, sends)));
    }

    [Test]
    public async Task The_host_starts_calls_succeed_and_a_reload_counts()
    {
        var configuration = App.Configuration(("Apiax:Username", "anna"), ("Apiax:Password", "right"), ("Apiax:Scop", "misspelled"), ("Rules:Username", "ben"), ("Rules:Password", "right"));
        await using var app = new App(services =>
        {
            services.AddLogging(logging => logging.AddProvider(new BrokenLogs()));
            services.ConfigureHttpClientDefaults(client => client.RemoveAllLoggers());
            services.AddApiaxAuth(configuration.GetSection("Apiax"));
            services.AddHttpClient("rules").AddApiaxAuth(configuration.GetSection("Rules"));
        });
        app.Provider.GetRequiredService<IStartupValidator>().Validate();
        await app.GetAsync("another");
        await app.GetAsync();

        configuration["Apiax:ApiHosts:0"] = "https://not-a-host/";
        configuration["Rules:ApiHosts:0"] = "other.apiax.io";
        configuration.Reload();
        await app.GetAsync("another");
        await app.GetAsync();

        Assert.That(app.Api.Calls.Select(call => call.Token is not null), Is.EqualTo([true, true, true, false]));
    }

    /// <summary>Several providers of one container: those that work get the entry.</summary>
    [Test]
    public void Other_sinks_get_the_entry()
    {
        using var logs = new LogBook();
        using var services = new ServiceCollection().AddLogging(logging => logging.AddProvider(new BrokenLogs()).AddProvider(logs)).BuildServiceProvider();

        new GuardedLogger(services.GetRequiredService<ILogger<GuardedLoggerTests>>()).TokenStoreBack();

        Assert.That(logs.Entries, Has.One.Items);
    }
}
