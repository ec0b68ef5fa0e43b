using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

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
    public async Task A_required_token_that_cannot_be_obtained_ends_the_start_with_the_typed_error()
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(App.Anna).AddApiaxAuthWarmup().AddApiaxAuthWarmup(required: true).AddApiaxAuthWarmup());
        app.Endpoint.Fault = () => new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new StringContent("""{"error":"Realm does not exist"}""", null, "application/json") };

        var failure = await Waiting.FailureOf<ApiaxAuthException>(app.StartAsync());

        Assert.That((failure.Reason, app.Endpoint.Requests), Is.EqualTo((ApiaxAuthFailure.Misconfigured, 1)));
    }

    /// <summary>Otherwise an orchestrator that restarts the process at once would send the wrong password with each start.</summary>
    [Test, Repeat(2)] // The back-off has a random length.
    public async Task Rejected_credentials_delay_the_failure_of_the_start_until_the_first_back_off_is_over()
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(App.Anna).AddApiaxAuthWarmup(required: true));
        app.Endpoint.Passwords.Add("another");

        var start = Waiting.FailureOf<ApiaxAuthException>(app.StartAsync());
        await Waiting.UntilAsync(() => Task.FromResult(NextAttempt(app) is not null), "the password is rejected");
        var (requests, over) = (app.Endpoint.Requests, NextAttempt(app)!.Value);
        await app.Time.PassUntilAsync(start);

        Assert.That(((await start).Reason, app.Endpoint.Requests), Is.EqualTo((ApiaxAuthFailure.CredentialsRejected, requests)));
        Assert.That(app.Time.GetUtcNow(), Is.GreaterThanOrEqualTo(over));
    }

    [Test]
    public async Task A_password_that_is_corrected_during_the_delay_is_used([Values] bool isInSettings)
    {
        var vault = new CredentialsStub { Password = "wrong" };
        await using var app = new HostedApp(services =>
        {
            services.AddApiaxAuth(options => (options.Username, options.Password) = isInSettings ? ("anna", vault.Password) : (null, null)).AddApiaxAuthWarmup(required: true);
            if (!isInSettings)
                services.AddSingleton<IApiaxCredentialsProvider>(vault);
        });
        app.Endpoint.Passwords.Add("right");

        var start = app.StartAsync();
        await Waiting.UntilAsync(() => Task.FromResult(NextAttempt(app) is not null), "the password is rejected");
        vault.Password = "right";
        await app.Time.PassUntilAsync(start);
        await start;

        Assert.That(app.Endpoint.Forms.Select(form => form["password"]), Is.EqualTo(["wrong", "right"]));
    }

    [Test]
    public async Task A_password_that_is_corrected_after_another_wrong_one_is_used()
    {
        var vault = new CredentialsStub { Password = "wrong" };
        await using var app = new HostedApp(services => services.AddApiaxAuth().AddSingleton<IApiaxCredentialsProvider>(vault).AddApiaxAuthWarmup(required: true));
        app.Endpoint.Passwords.Add("right");

        var start = app.StartAsync();
        foreach (var next in (string[])["another", "right"])
        {
            // The credentials are read every ten seconds, except in the last ten.
            for (var step = 0; step < 300 && !(app.Endpoint.Forms.Any(form => form["password"] == vault.Password) && NextAttempt(app) - app.Time.GetUtcNow() < TimeSpan.FromSeconds(24)); step++)
                await app.Time.PassUntilAsync(Task.Delay(TimeSpan.FromSeconds(1), app.Time));

            vault.Password = next;
        }

        await app.Time.PassUntilAsync(start);
        await start;

        Assert.That(app.Endpoint.Forms.Select(form => form["password"]).Distinct(StringComparer.Ordinal), Is.EqualTo(["wrong", "another", "right"]));
    }

    /// <summary>Timers and the clock of the back-off are two clocks.</summary>
    [Test]
    public async Task A_corrected_password_is_used_after_ten_seconds_even_if_timers_are_early_by_the_clock()
    {
        var vault = new CredentialsStub { Password = "wrong" };
        await using var app = new HostedApp(services => services.AddApiaxAuth().AddSingleton<IApiaxCredentialsProvider>(vault).AddApiaxAuthWarmup(required: true), new ClockWithEarlyTimers());
        app.Endpoint.Passwords.Add("right");

        var start = app.StartAsync();
        await Waiting.UntilAsync(() => Task.FromResult(NextAttempt(app) is not null), "the password is rejected");
        vault.Password = "right";
        var delay = await app.Time.PassUntilAsync(start);

        Assert.That(delay.TotalSeconds, Is.InRange(9.5, 18));
    }

    [Test]
    public async Task A_password_that_stays_wrong_is_not_sent_again_during_the_delay()
    {
        var vault = new CredentialsStub { Password = "wrong" };
        await using var app = new HostedApp(services => services.AddApiaxAuth().AddSingleton<IApiaxCredentialsProvider>(vault).AddApiaxAuthWarmup(required: true));
        app.Endpoint.Passwords.Add("right");

        var start = Waiting.FailureOf<ApiaxAuthException>(app.StartAsync());
        await Waiting.UntilAsync(() => Task.FromResult(NextAttempt(app) is not null), "the password is rejected");
        await app.Time.PassUntilAsync(start);

        Assert.That(((await start).Reason, app.Endpoint.Requests), Is.EqualTo((ApiaxAuthFailure.CredentialsRejected, 1)));
        Assert.That(vault.Reads, Is.AtMost(7));
    }

    /// <summary>The flight has no time for the pause before it: it fails, and the next start would send the password before the pause is over.</summary>
    [Test, Repeat(3)] // The pause has a random length.
    public async Task A_second_try_that_the_flight_has_no_time_for_is_made_before_the_start_fails()
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(WithShortTimeout).AddApiaxAuthWarmup(required: true));
        app.Endpoint.ExplainsRejections = true;
        app.Endpoint.Passwords.Add("another");
        var sent = TimesOfRequests(app);

        var start = Waiting.FailureOf<ApiaxAuthException>(app.StartAsync());
        await app.Time.PassUntilAsync(start);

        Assert.That(((await start).Reason, sent.Count), Is.EqualTo((ApiaxAuthFailure.CredentialsRejected, 2)));
        Assert.That(app.Time.GetUtcNow() - sent[1], Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(45)));
    }

    [Test, Repeat(3)]
    public async Task A_correct_password_that_is_rejected_since_logins_overlap_does_not_end_the_start()
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(WithShortTimeout).AddApiaxAuthWarmup(required: true));
        app.Endpoint.Fault = () =>
        {
            app.Endpoint.Fault = null;
            return new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = new StringContent("""{"error":"invalid_grant"}""", null, "application/json") };
        };

        var start = app.StartAsync();
        await app.Time.PassUntilAsync(start);
        await start;

        Assert.That(app.Endpoint.Requests, Is.EqualTo(2));
    }

    /// <summary>The login may still be in progress, and the server rejects one that overlaps with it.</summary>
    [TestCase(1)]
    [TestCase(int.MaxValue)]
    public async Task A_password_that_gets_no_answer_is_sent_once_more_after_its_back_off_and_the_start_fails_only_after_another(int lost)
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(App.Anna).AddApiaxAuthWarmup(required: true));
        app.Endpoint.Fault = () => lost-- > 0 ? new HttpResponseMessage(HttpStatusCode.BadGateway) : null!;
        var (sent, isAnswered) = (TimesOfRequests(app), lost == 1);

        var start = isAnswered ? app.StartAsync() : Waiting.FailureOf<ApiaxAuthException>(app.StartAsync());
        await app.Time.PassUntilAsync(start);
        await start;

        Assert.That(sent, Has.Count.EqualTo(2));
        Assert.That(sent[1] - sent[0], Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(30)));
        Assert.That(app.Time.GetUtcNow() - sent[1], isAnswered ? Is.LessThan(TimeSpan.FromSeconds(28)) : Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(30)));
    }

    [Test]
    public async Task The_start_fails_with_what_is_still_wrong()
    {
        var vault = new CredentialsStub { Password = "wrong" };
        await using var app = new HostedApp(services =>
        {
            services.AddApiaxAuth().AddSingleton<IApiaxCredentialsProvider>(vault);
            services.AddHttpClient("own").AddApiaxAuth(_ => { });
            services.AddKeyedSingleton<IApiaxCredentialsProvider>("own", new CredentialsStub { Failure = new IOException("no vault") }).AddApiaxAuthWarmup(required: true);
        });
        app.Endpoint.Passwords.Add("corrected");

        var start = Waiting.FailureOf<ApiaxAuthException>(app.StartAsync());
        await Waiting.UntilAsync(() => Task.FromResult(NextAttempt(app) is not null), "the password is rejected");
        vault.Password = "corrected";
        await app.Time.PassUntilAsync(start);

        Assert.That((await start).Message, Does.StartWith("Account own: "));
        Assert.That((await start).Reason, Is.EqualTo(ApiaxAuthFailure.Unavailable));
    }

    /// <summary>A user's logins come one after the other: a flight whose time is over before its turn has sent nothing.</summary>
    [Test]
    public async Task Accounts_of_one_user_that_a_slow_server_makes_wait_are_signed_in_by_further_flights()
    {
        string[] scopes = ["a", "b", "c", "d", "e", "f"];
        var vault = new CredentialsStub();
        await using var app = new HostedApp(services =>
        {
            foreach (var scope in scopes)
                services.AddKeyedSingleton<IApiaxCredentialsProvider>(scope, vault).AddHttpClient(scope).AddApiaxAuth(options => options.Scope = scope);

            services.AddApiaxAuthWarmup(required: true);
        });
        var hold = app.Endpoint.Hold = new Gate();
        app.Endpoint.Fault = () =>
        {
            app.Time.Advance(TimeSpan.FromSeconds(12));
            return null!;
        };

        var start = app.StartAsync();
        await Waiting.UntilAsync(() => Task.FromResult(vault.Reads == scopes.Length), "all flights begin");
        hold.Open();
        await app.Time.PassUntilAsync(start);
        await start;

        Assert.That(vault.Reads, Is.GreaterThan(scopes.Length), "some flights had no time for their login");
        Assert.That(app.Endpoint.Forms.Select(form => form["scope"]), Is.EquivalentTo(scopes));
    }

    [Test]
    public async Task An_outage_ends_the_start_at_once()
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(App.Anna).AddApiaxAuthWarmup(required: true));
        app.Endpoint.Fault = TokenEndpointStub.Overloaded;

        var failure = await Waiting.FailureOf<ApiaxAuthException>(app.StartAsync());

        Assert.That((failure.Reason, app.Endpoint.Requests), Is.EqualTo((ApiaxAuthFailure.Unavailable, 1)));
    }

    [Test]
    public async Task A_delayed_start_can_be_cancelled()
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(App.Anna).AddApiaxAuthWarmup(required: true));
        app.Endpoint.Passwords.Add("another");
        using var cancellation = new CancellationTokenSource();

        var start = Waiting.FailureOf<OperationCanceledException>(app.StartAsync(cancellation.Token));
        await Waiting.UntilAsync(() => Task.FromResult(NextAttempt(app) is not null), "the password is rejected");
        await cancellation.CancelAsync();

        await start;
    }

    [Test]
    public async Task One_rejected_account_delays_the_start_regardless_of_the_others()
    {
        await using var app = new HostedApp(services =>
        {
            services.AddApiaxAuth(App.Anna);
            services.AddHttpClient("own").AddApiaxAuth(options => (options.Username, options.Password) = ("ben", "wrong"));
            services.AddApiaxAuthWarmup(required: true);
        });
        app.Endpoint.Passwords.Add("right");

        var start = Waiting.FailureOf<ApiaxAuthException>(app.StartAsync());
        await Waiting.UntilAsync(() => Task.FromResult(NextAttempt(app) is not null), "the password is rejected");
        var over = NextAttempt(app)!.Value;
        await app.Time.PassUntilAsync(start);

        Assert.That((await start).Reason, Is.EqualTo(ApiaxAuthFailure.CredentialsRejected));
        Assert.That(app.Time.GetUtcNow(), Is.GreaterThanOrEqualTo(over));
    }

    [Test]
    public async Task The_start_does_not_wait_for_a_token_that_is_not_required()
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
    public async Task A_failed_warm_up_that_is_not_required_is_logged()
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(App.Anna).AddApiaxAuthWarmup());
        app.Endpoint.Passwords.Add("another");

        await app.StartAsync();

        await app.Logs.WaitForAsync("NoToken");
    }

    [Test]
    public async Task A_cancelled_start_waits_no_longer()
    {
        await using var app = new HostedApp(services => services.AddApiaxAuth(App.Anna).AddApiaxAuthWarmup(required: true));
        var hold = app.Endpoint.Hold = new Gate();
        using var cancellation = new CancellationTokenSource();

        var start = app.Services.GetRequiredService<ApiaxAccounts>().SignInAsync(cancellation.Token);
        await hold.Arrived;
        await cancellation.CancelAsync();

        await Waiting.FailureOf<OperationCanceledException>(start);
    }

    /// <summary>Too short for a pause and a second try.</summary>
    private static void WithShortTimeout(ApiaxAuthOptions options)
    {
        App.Anna(options);
        (options.AttemptTimeout, options.TokenTimeout) = (TimeSpan.FromSeconds(1.2), TimeSpan.FromSeconds(2.4));
    }

    private static List<DateTimeOffset> TimesOfRequests(HostedApp app)
    {
        List<DateTimeOffset> times = [];
        app.Endpoint.OnRequest = () => times.Add(app.Time.GetUtcNow());
        return times;
    }

    private static DateTimeOffset? NextAttempt(HostedApp app) =>
        app.Accounts.GetStatus().FirstOrDefault(account => account.LastFailure is ApiaxAuthFailure.CredentialsRejected)?.NextAttemptOn;

    private sealed class ClockWithEarlyTimers : FakeTimeProvider
    {
        // More than one step of the test's clock.
        private static readonly TimeSpan Lead = TimeSpan.FromMilliseconds(600);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > Lead ? dueTime - Lead : dueTime, period);
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
