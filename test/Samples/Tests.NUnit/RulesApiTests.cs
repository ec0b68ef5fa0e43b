using System.Net;
using Apiax.Http.Handlers;
using Apiax.Http.Handlers.Testing;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Samples.NUnit;

/// <summary>The web API against a sandbox in this process. Only its settings are changed; nothing is sent to another machine.</summary>
public sealed class RulesApiTests
{
    [Test]
    public async Task The_rules_come_from_Apiax_with_its_token()
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        apiax.StubApi("/rules", """["a rule"]""");
        await using var application = Application(apiax);
        using var http = application.CreateClient();

        Assert.That(await http.GetStringAsync("/rules"), Is.EqualTo("""["a rule"]"""));
        Assert.That((apiax.Logins, apiax.UnauthorizedCalls), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task A_revoked_token_is_replaced_and_the_call_succeeds()
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        apiax.StubApi("/rules");
        await using var application = Application(apiax);
        using var http = application.CreateClient();
        await http.GetStringAsync("/rules");

        apiax.RevokeAccessTokens();

        Assert.That((await http.GetAsync("/rules")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(apiax.TokenRequests, Has.Count.EqualTo(2));
    }

    private static WebApplicationFactory<RulesClient> Application(ApiaxSandbox apiax) => new WebApplicationFactory<RulesClient>().WithWebHostBuilder(builder =>
    {
        builder.UseSetting("Api", apiax.BaseAddress.AbsoluteUri);
        builder.ConfigureTestServices(services => services.PostConfigureAll<ApiaxAuthOptions>(apiax.Configure));
    });
}
