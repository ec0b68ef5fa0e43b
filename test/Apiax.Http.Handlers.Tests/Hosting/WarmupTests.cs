using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Apiax.Http.Handlers.Tests.Hosting;

[TestFixture]
internal sealed class WarmupTests
{
    [Test]
    public async Task A_required_token_is_there_before_any_other_service_starts()
    {
        await using var app = new HostedApp(services => services.AddHostedService<Worker>().AddApiaxAuth(App.Anna).AddApiaxAuthWarmup(required: true));

        await app.StartAsync();

        Assert.That(app.Services.GetServices<IHostedService>().OfType<Worker>().Single().HadToken, Is.True);
        Assert.That(app.Endpoint.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task Each_account_is_warmed_up_and_equal_ones_once()
    {
        await using var app = new HostedApp(services =>
        {
            services.AddApiaxAuth(App.Anna);
            services.AddHttpClient("own").AddApiaxAuth(App.Ben);
            services.AddHttpClient("equal").AddApiaxAuth(App.Ben);
            services.AddApiaxAuthWarmup(required: true);
        });

        await app.StartAsync();

        Assert.That(app.Endpoint.Forms.Select(form => form["username"]), Is.EquivalentTo(["anna", "ben"]));
    }

    [Test]
    public async Task A_required_token_that_cannot_be_had_ends_the_start_with_the_typed_error()
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(App.Anna).AddApiaxAuthWarmup().AddApiaxAuthWarmup(required: true).AddApiaxAuthWarmup());
        app.Endpoint.Passwords.Add("another");

        var failure = await Waiting.FailureOf<ApiaxAuthException>(app.StartAsync());

        Assert.That(failure.Reason, Is.EqualTo(ApiaxAuthFailure.CredentialsRejected));
        Assert.That(app.Endpoint.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task Nobody_waits_for_a_token_that_is_not_required()
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(App.Anna).AddApiaxAuthWarmup());
        var hold = app.Endpoint.Hold = new Gate();

        await app.StartAsync();
        await hold.Arrived;
        hold.Open();
        await app.TokenAsync();

        Assert.That(app.Endpoint.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task A_token_that_is_not_required_may_fail_and_the_log_says_so()
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(App.Anna).AddApiaxAuthWarmup());
        app.Endpoint.Passwords.Add("another");

        await app.StartAsync();

        await app.Logs.WaitForAsync("NoToken");
    }

    [Test]
    public async Task A_start_that_is_given_up_waits_no_longer()
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(App.Anna).AddApiaxAuthWarmup(required: true));
        var hold = app.Endpoint.Hold = new Gate();
        using var cancellation = new CancellationTokenSource();

        var start = app.Services.GetRequiredService<ApiaxAccounts>().SignInAsync(cancellation.Token);
        await hold.Arrived;
        await cancellation.CancelAsync();

        await Waiting.FailureOf<OperationCanceledException>(start);
    }

    private sealed class Worker(IApiaxAccessTokenProvider tokens) : IHostedService
    {
        public bool HadToken { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            HadToken = tokens.GetTokenAsync(cancellationToken).AsTask().IsCompletedSuccessfully;
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
