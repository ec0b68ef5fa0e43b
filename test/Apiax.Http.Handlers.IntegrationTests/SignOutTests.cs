using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.IntegrationTests;

[TestFixture]
internal sealed class SignOutTests
{
    private readonly FakeTimeProvider _time = new();

    [Test]
    public async Task The_server_no_longer_accepts_the_refresh_token_of_a_stopped_host()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        var refreshToken = new RefreshTokenRecorder();
        using var host = HostOf(server, services => services.AddApiaxAuthWarmup(required: true).AddApiaxAuthSignOut(), refreshToken);
        await host.StartAsync();
        Assert.That((server.Logins, await server.LiveRefreshTokensAsync()), Is.EqualTo((1, 1)));

        await host.StopAsync();

        Assert.That(await server.LiveRefreshTokensAsync(), Is.Zero);
        using var client = new RawClient(server);
        var refused = await client.RefreshAsync(new TokenAnswer(default, null, refreshToken.Last, null, null));
        Assert.That(refused.Error, Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task Without_it_the_session_stays()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        using var host = HostOf(server, services => services.AddApiaxAuthWarmup(required: true), new RefreshTokenRecorder());

        await host.StartAsync();
        await host.StopAsync();

        Assert.That(await server.LiveRefreshTokensAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_host_stops_even_if_the_server_is_unreachable()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        using var host = HostOf(server, services => services.AddApiaxAuthWarmup(required: true).AddApiaxAuthSignOut(), new RefreshTokenRecorder());
        await host.StartAsync();

        await server.StopAsync();
        await host.StopAsync().WaitAsync(TimeSpan.FromSeconds(10));

        Assert.That(await server.LiveRefreshTokensAsync(), Is.EqualTo(1));
    }

    private IHost HostOf(AuthorizationServer server, Action<IServiceCollection> configure, RefreshTokenRecorder recorder)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddSingleton<TimeProvider>(_time);
        builder.Services.AddApiaxAuth(options =>
        {
            options.TokenEndpoint = server.TokenEndpoint;
            options.Username = server.Username;
            options.Password = server.Password;
            // OpenIddict has no logout of Keycloak's kind.
            options.RevocationEndpoint = new Uri(server.TokenEndpoint, "revoke");
        });
        builder.Services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => recorder);
        configure(builder.Services);
        return builder.Build();
    }

    /// <summary>Reads the refresh tokens in answers.</summary>
    private sealed class RefreshTokenRecorder() : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        public string? Last { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            var answer = await response.Content.ReadAsStringAsync(cancellationToken);
            if (answer.Contains("refresh_token", StringComparison.Ordinal))
                Last = System.Text.Json.JsonDocument.Parse(answer).RootElement.GetProperty("refresh_token").GetString();

            return response;
        }
    }
}
