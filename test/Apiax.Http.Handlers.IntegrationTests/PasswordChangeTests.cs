using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers.IntegrationTests;

[TestFixture]
internal sealed class PasswordChangeTests
{
    private readonly Clock _time = new();

    [Test]
    public async Task A_changed_password_is_used_as_soon_as_the_configuration_has_it()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        var configuration = Configuration(server);
        await using var application = Of(server, configuration);
        await application.GetRulesAsync();

        server.ChangePassword("battery staple");
        await server.EndSessionsAsync();
        var meanwhile = await _time.PassPausesAsync(() => application.GetRulesAsync(calls: 50));
        var requestsBefore = server.TokenRequests.Count;

        configuration["Apiax:Password"] = "battery staple";
        configuration.Reload();
        var answers = await _time.PassPausesAsync(() => application.GetRulesAsync(calls: 50));

        Assert.Multiple(() =>
        {
            Assert.That(meanwhile, Is.All.EqualTo(401), "no other token can be had: the API's own answer");
            Assert.That(requestsBefore, Is.EqualTo(4), "login, refused refresh, login refused twice");
            Assert.That(answers, Is.All.EqualTo(200));
            Assert.That((server.TokenRequests.Count, server.Logins, server.InvalidGrants), Is.EqualTo((5, 2, 3)));
        });
    }

    [Test]
    public async Task A_changed_password_does_not_end_a_valid_session()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        var configuration = Configuration(server);
        await using var application = Of(server, configuration);
        await application.GetRulesAsync();

        server.ChangePassword("battery staple");
        configuration["Apiax:Password"] = "battery staple";
        configuration.Reload();
        await application.GetRulesAsync();
        _time.Advance(TimeSpan.FromMinutes(31));
        await application.GetRulesAsync();

        Assert.That((server.Logins, server.Refreshes, server.ApiCallsPassed), Is.EqualTo((1, 1, 3)));
    }

    private static IConfigurationRoot Configuration(AuthorizationServer server) => new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Apiax:TokenEndpoint"] = server.TokenEndpoint.AbsoluteUri,
            // The second try comes within the 8 seconds that remain besides an attempt.
            ["Apiax:TokenTimeout"] = "00:00:18",
            ["Apiax:Username"] = server.Username,
            ["Apiax:Password"] = server.Password,
            ["Apiax:ApiHosts:0"] = server.ApiBaseAddress.Authority,
        })
        .Build();

    private Application Of(AuthorizationServer server, IConfiguration configuration) =>
        Application.Create(_time, server.ApiBaseAddress, services => services.AddSingleton(configuration).AddApiaxAuth());
}
