using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers.Tests;

/// <summary>The factory's own logs print headers at Trace; on .NET 8 with their values.</summary>
[TestFixture]
internal sealed class AuthorizationRedactionTests
{
    [TestCase(true)]
    [TestCase(false)]
    public async Task The_factorys_logs_show_no_token(bool userShowsAll)
    {
        await using var app = new App(services =>
        {
            var client = services.AddApiaxAuth(App.Anna).AddHttpClient("rules");
            if (userShowsAll)
                client.RedactLoggedHeaders(_ => false);
        });

        await app.GetAsync();

        var headers = app.Logs.Of("RequestHeader").Concat(app.Logs.Of("RequestPipelineRequestHeader")).ToList();
        Assert.That(headers, Is.Not.Empty);
        Assert.That(headers.Select(entry => entry.Message + entry.Details), Has.None.Contains("access-1"));
    }

    [Test]
    public async Task The_factorys_logs_redact_a_callers_own_header_too()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna).AddHttpClient("rules").RedactLoggedHeaders(_ => false));
        using var client = app.Client();
        client.DefaultRequestHeaders.Authorization = new("Basic", "hush");

        using var response = await client.GetAsync(new Uri("https://api.apiax.io/rules")).Soon();

        var headers = app.Logs.Of("RequestHeader").Concat(app.Logs.Of("RequestPipelineRequestHeader")).Select(entry => entry.Message).ToList();
        Assert.That(headers, Has.Some.Contains("Authorization: *"));
        Assert.That(headers, Has.None.Contains("hush"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task The_users_own_redaction_stays(bool userFirst)
    {
        await using var app = new App(services =>
        {
            if (userFirst)
                services.AddHttpClient("rules").RedactLoggedHeaders(["X-Customer"]);

            services.AddApiaxAuth(App.Anna);
            if (!userFirst)
                services.AddHttpClient("rules").RedactLoggedHeaders(["X-Customer"]);
        });
        using var client = app.Client();
        client.DefaultRequestHeaders.Add("X-Customer", "hush");
        client.DefaultRequestHeaders.Add("X-Public", "shown");

        using var response = await client.GetAsync(new Uri("https://api.apiax.io/rules")).Soon();

        var logged = string.Join('\n', app.Logs.Entries.Select(entry => entry.Message));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(logged, Does.Contain("shown").And.Not.Contain("hush").And.Not.Contain("access-1"));
    }

    [Test]
    public void Options_without_a_name_are_those_of_the_unnamed_client()
    {
        var clients = new ClientRegistrations();
        clients.AddAllClients();
        var options = new HttpClientFactoryOptions { ShouldRedactHeaderValue = _ => false };

        new AuthorizationRedaction(Options.Create(clients)).PostConfigure(name: null, options);

        Assert.That(options.ShouldRedactHeaderValue("authorization"));
    }
}
