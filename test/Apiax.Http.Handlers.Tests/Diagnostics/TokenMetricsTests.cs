using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class TokenMetricsTests
{
    private const string Shared = "apiax.auth.account=(shared) ";
    private const string Requests = "apiax.auth.token.requests";
    private const string RequestDuration = "apiax.auth.token.request.duration";
    private const string WaitDuration = "apiax.auth.token.wait.duration";
    private const string Unauthorized = "apiax.auth.unauthorized";

    private readonly List<IDisposable> _used = [];

    [TearDown]
    public void Stop()
    {
        _used.ForEach(each => each.Dispose());
        _used.Clear();
    }

    [Test]
    public async Task Each_request_to_the_token_endpoint_is_counted_by_its_grant_and_its_failure()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        var measured = Measured(app);

        await app.GetAsync();
        await ExpireAndCallAsync(app);
        app.Endpoint.RefusesRefreshTokens = true;
        await ExpireAndCallAsync(app);
        app.Endpoint.Passwords.Add("another");
        await ExpireAndCallAsync(app);
        app.Endpoint.Fault = TokenEndpointStub.Overloaded;
        await ExpireAndCallAsync(app);
        app.Endpoint.Fault = TokenEndpointStub.Html;
        await ExpireAndCallAsync(app);
        app.Endpoint.Fault = () => new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new StringContent("""{"error":"Realm does not exist"}""") };
        await ExpireAndCallAsync(app);

        string[] expected =
        [
            Shared + "apiax.auth.grant_type=password",
            Shared + "apiax.auth.grant_type=refresh_token",
            Shared + "apiax.auth.grant_type=refresh_token error.type=refresh_refused", Shared + "apiax.auth.grant_type=password",
            Shared + "apiax.auth.grant_type=refresh_token error.type=refresh_refused", Shared + "apiax.auth.grant_type=password error.type=credentials_rejected",
            Shared + "apiax.auth.grant_type=password error.type=unavailable",
            Shared + "apiax.auth.grant_type=password error.type=invalid_answer",
            Shared + "apiax.auth.grant_type=password error.type=misconfigured",
        ];
        Assert.That(measured.TagsOf(Requests), Is.EqualTo(expected));
        Assert.That(measured.TagsOf(RequestDuration), Is.EqualTo(expected));
        Assert.That(measured.Of(Requests).Select(each => each.Value), Is.All.EqualTo(1));
    }

    [Test]
    public async Task A_listener_that_throws_loses_no_token()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        var factory = app.Provider.GetRequiredService<IMeterFactory>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, each) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, factory))
                    each.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => throw new InvalidOperationException("listener"));
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => throw new InvalidOperationException("listener"));
        listener.Start();

        Assert.That(await app.GetAsync(), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(app.Api.Tokens, Is.EqualTo(new[] { "access-1" }));
    }

    [Test]
    public async Task Requests_and_waits_are_measured_in_seconds()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        var measured = Measured(app);
        var hold = app.Endpoint.Hold = new Gate();

        var first = app.Tokens.GetTokenAsync();
        await hold.Arrived;
        app.Time.Advance(TimeSpan.FromSeconds(2));
        var second = app.Tokens.GetTokenAsync();
        app.Time.Advance(TimeSpan.FromSeconds(1));
        hold.Open();
        await first.Soon();
        await second.Soon();

        Assert.That(measured.Of(RequestDuration).Single().Value, Is.EqualTo(3));
        Assert.That(measured.Of(WaitDuration).Select(each => each.Value), Is.EquivalentTo([3.0, 1.0]));
    }

    [Test]
    public async Task A_wait_that_the_caller_ends_is_measured_too()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        var measured = Measured(app);
        var hold = app.Endpoint.Hold = new Gate();
        using var cancellation = new CancellationTokenSource();

        var call = app.Tokens.GetTokenAsync(cancellation.Token);
        await hold.Arrived;
        app.Time.Advance(TimeSpan.FromSeconds(4));
        await cancellation.CancelAsync();
        await Waiting.FailureOf<OperationCanceledException>(call.AsTask());

        Assert.That(measured.Of(WaitDuration).Single().Value, Is.EqualTo(4));
    }

    [Test]
    public async Task Calls_with_a_valid_accepted_token_are_not_measured()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        var measured = Measured(app);
        await app.GetAsync();
        var before = measured.All.Count;

        for (var call = 0; call < 100; call++)
            await app.GetAsync();

        Assert.That(before, Is.Positive);
        Assert.That(measured.All, Has.Count.EqualTo(before));
    }

    [Test]
    public async Task A_401_is_counted_by_what_was_done_about_it()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        var measured = Measured(app);

        app.Api.Rejected.Add("access-1");
        await app.GetAsync();
        app.Api.RejectsAll = true;
        await app.GetAsync();
        Assert.That(measured.TagsOf(Unauthorized), Is.EqualTo([Shared + "apiax.auth.outcome=replaced", Shared + "apiax.auth.outcome=rationed"]));

        app.Endpoint.Fault = TokenEndpointStub.Overloaded;
        app.Time.Advance(TimeSpan.FromMinutes(10));
        await app.GetAsync();
        Assert.That(measured.TagsOf(Unauthorized).Last(), Is.EqualTo(Shared + "apiax.auth.outcome=failed"));

        app.Endpoint.Fault = null;
        app.Time.Advance(TimeSpan.FromSeconds(75));
        await app.PostStreamAsync();
        Assert.That(measured.TagsOf(Unauthorized).Last(), Is.EqualTo(Shared + "apiax.auth.outcome=not_replayable"));
        Assert.That(measured.TagsOf(Unauthorized).Count(), Is.EqualTo(4));
    }

    [Test]
    public async Task A_401_to_the_new_token_is_counted_as_such()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        var measured = Measured(app);
        app.Api.RejectsAll = true;

        await app.GetAsync();

        Assert.That(measured.TagsOf(Unauthorized), Is.EqualTo([Shared + "apiax.auth.outcome=rejected_again"]));
    }

    [TestCase("https://storage.example/file", 200, "replaced")]
    [TestCase("https://storage.example/file", 401, "replaced")]
    [TestCase("https://other.apiax.io/file", 200, "replaced")]
    [TestCase("https://other.apiax.io/file", 401, "same_token_resent, replaced")]
    public async Task A_401_whose_second_send_is_redirected_is_counted_once(string target, int status, string outcomes)
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        var measured = Measured(app);
        app.Api.Answer = (call, request) =>
        {
            if (call.Number != 2)
                return call.Number == 1 ? ApiStub.Unauthorized() : null;

            ApiStub.Redirect(request, target);
            return new HttpResponseMessage((HttpStatusCode)status);
        };

        await app.GetAsync();

        Assert.That(string.Join(", ", measured.TagsOf(Unauthorized)), Is.EqualTo(string.Join(", ", outcomes.Split(", ").Select(outcome => $"{Shared}apiax.auth.outcome={outcome}"))));
    }

    [Test]
    public async Task A_401_is_also_counted_if_nothing_is_sent_after_the_redirect_of_its_second_send()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        var measured = Measured(app);
        app.Api.Answer = (call, request) =>
        {
            if (call.Number != 2)
                ApiStub.Redirect(request, "https://other.apiax.io/file");
            return ApiStub.Unauthorized();
        };

        await app.GetAsync();

        Assert.That(measured.TagsOf(Unauthorized), Is.EqualTo(new[] { "same_token_resent", "replaced", "not_replayable" }.Select(outcome => $"{Shared}apiax.auth.outcome={outcome}")));
    }

    [Test]
    public async Task A_401_is_also_counted_if_the_body_cannot_be_sent_after_the_redirect_of_its_second_send()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        var measured = Measured(app);
        app.Api.Answer = (call, request) =>
        {
            if (call.Number == 2)
            {
                ApiStub.Redirect(request, "https://other.apiax.io/file");
                request.Content!.Dispose();
            }

            return ApiStub.Unauthorized();
        };

        using var response = await app.Client().PostAsync("https://api.apiax.io/rules", new StringContent("the body"));

        Assert.That(measured.TagsOf(Unauthorized), Is.EquivalentTo(new[] { "replaced", "not_replayable" }.Select(outcome => $"{Shared}apiax.auth.outcome={outcome}")));
    }

    [Test]
    public async Task A_lack_of_permission_of_the_new_token_is_not_a_rejection_of_it()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        var measured = Measured(app);
        app.Api.Answer = (call, _) => ApiStub.Unauthorized(call.Number == 1 ? null : "Bearer error=\"insufficient_scope\"");

        await app.GetAsync();

        Assert.That(measured.TagsOf(Unauthorized), Is.EqualTo([Shared + "apiax.auth.outcome=replaced"]));
    }

    [Test]
    public async Task An_API_that_rejects_everything_is_counted_as_rationed_also_without_a_replay()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        var measured = Measured(app);
        app.Api.RejectsAll = true;

        await app.PostStreamAsync();
        await Waiting.UntilAsync(() => Task.FromResult(app.Endpoint.Requests == 2), "the token is not replaced");
        await app.PostStreamAsync();
        await app.PostStreamAsync();

        Assert.That(measured.TagsOf(Unauthorized), Is.EqualTo([Shared + "apiax.auth.outcome=not_replayable", Shared + "apiax.auth.outcome=rationed", Shared + "apiax.auth.outcome=rationed"]));
        Assert.That((app.Logs.Of("NotSentAgain").Count(), app.Logs.Of("Rationed").Count()), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task A_token_that_a_redirect_removed_is_counted([Values] bool canBeSentAgain)
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        var measured = Measured(app);
        app.Api.Answer = (call, request) =>
        {
            if (call.Number > 1)
                return null;

            ApiStub.Redirect(request, "https://api.apiax.io/moved");
            return ApiStub.Unauthorized();
        };

        if (canBeSentAgain)
            await app.GetAsync();
        else
            await app.PostStreamAsync();

        Assert.That(measured.TagsOf(Unauthorized), Is.EqualTo([Shared + (canBeSentAgain ? "apiax.auth.outcome=same_token_resent" : "apiax.auth.outcome=not_replayable")]));
    }

    [Test]
    public async Task A_token_that_two_redirects_removed_is_counted_for_each()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        var measured = Measured(app);
        app.Api.Answer = (_, request) =>
        {
            ApiStub.Redirect(request, "https://api.apiax.io/moved");
            return ApiStub.Unauthorized();
        };

        await app.GetAsync();

        Assert.That(measured.TagsOf(Unauthorized), Is.EqualTo([Shared + "apiax.auth.outcome=same_token_resent", Shared + "apiax.auth.outcome=not_replayable"]));
    }

    [Test]
    public async Task A_lack_of_permission_is_not_counted()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        var measured = Measured(app);
        app.Api.Answer = (_, _) => ApiStub.Unauthorized("Bearer error=\"insufficient_scope\"");

        await app.GetAsync();

        Assert.That(measured.Of(Unauthorized), Is.Empty);
    }

    [Test]
    public async Task The_gauges_show_each_account_by_the_name_of_its_client()
    {
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(App.Anna);
            services.AddHttpClient("").AddApiaxAuth(App.Ben);
            services.AddHttpClient("rules").AddApiaxAuth(App.Ben);
            services.AddHttpClient("unused").AddApiaxAuth(App.Anna);
        });
        var measured = Measured(app);
        await app.GetAsync("any");
        app.Time.Advance(TimeSpan.FromSeconds(100));
        await app.GetAsync("");
        await app.GetAsync("rules");

        // The two names of one account show the same values; an account that was not used yet is not shown.
        Assert.That(measured.Read("apiax.auth.token.remaining"), Is.EquivalentTo(new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["apiax.auth.account=(shared)"] = 1699,
            ["apiax.auth.account=(unnamed client)"] = 1799,
            ["apiax.auth.account=rules"] = 1799,
        }));
        app.Time.Advance(TimeSpan.FromSeconds(1750));
        Assert.That(measured.Read("apiax.auth.token.remaining"), Does.ContainKey("apiax.auth.account=(shared)").WithValue(0));
        Assert.That(measured.All.Select(each => each.Tags), Has.None.Contains("anna").And.None.Contains("ben"));
    }

    [Test]
    public async Task The_state_is_one_of_three()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        var measured = Measured(app);
        await app.GetAsync();
        Assert.That(States(), Is.EqualTo((1, 0, 0)));

        app.Endpoint.Fault = TokenEndpointStub.Overloaded;
        app.Time.Advance(TimeSpan.FromSeconds(1798));
        await app.GetAsync();
        await app.Logs.WaitForAsync("NoToken");
        Assert.That(States(), Is.EqualTo((0, 1, 0)));

        app.Time.Advance(TimeSpan.FromSeconds(2));
        await Waiting.FailureOf<ApiaxAuthException>(app.GetAsync());
        Assert.That(States(), Is.EqualTo((0, 0, 1)));

        // The next attempt may take as long as the failed one: calls wait for it, and the state has not improved.
        app.Time.Advance(TimeSpan.FromSeconds(75));
        Assert.That(States(), Is.EqualTo((0, 1, 0)));
        var hold = app.Endpoint.Hold = new Gate();
        var call = Waiting.FailureOf<ApiaxAuthException>(app.GetAsync());
        await hold.Arrived;
        Assert.That(States(), Is.EqualTo((0, 0, 1)));
        hold.Open();
        await call;
        Assert.That(States(), Is.EqualTo((0, 0, 1)));

        (double Ok, double Stale, double CoolingDown) States()
        {
            var read = measured.Read("apiax.auth.state");
            Assert.That(read, Has.Count.EqualTo(3));
            return (read["apiax.auth.account=(shared) apiax.auth.state=ok"], read["apiax.auth.account=(shared) apiax.auth.state=stale"], read["apiax.auth.account=(shared) apiax.auth.state=cooling_down"]);
        }
    }

    [Test]
    public async Task Each_container_is_measured_by_itself()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        await using var other = new App(services => services.AddApiaxAuth(App.Ben));
        var measured = Measured(app);

        await other.GetAsync();

        Assert.That(measured.All, Is.Empty);
        Assert.That(measured.Read("apiax.auth.state"), Is.Empty);
        await app.GetAsync();
        Assert.That(measured.Of(Requests), Has.One.Items);
    }

    [Test]
    public async Task A_metrics_listener_does_not_keep_a_container_alive()
    {
        using var everything = new MeterListener { InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument) };
        everything.Start();
        var disposed = await UsedAsync(dispose: true);
        var forgotten = await UsedAsync(dispose: false);

        everything.RecordObservableInstruments();

        Assert.That(() => IsAlive(disposed) || IsAlive(forgotten), Is.False.After(5).Seconds.PollEvery(50).MilliSeconds);

        static bool IsAlive(WeakReference container)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return container.IsAlive;
        }

        // In a separate method, so that no local variable of the test keeps it alive.
        static async Task<WeakReference> UsedAsync(bool dispose)
        {
            var provider = new ServiceCollection().AddApiaxAuth(App.Anna).BuildServiceProvider();
            var accounts = provider.GetRequiredService<SettingsRegistry>();
            _ = accounts.Get("").InForce;
            if (dispose)
                await provider.DisposeAsync();

            return new WeakReference(accounts);
        }
    }

    [Test]
    public async Task Without_a_container_there_is_also_a_meter_that_forgets_disposed_accounts()
    {
        using var measured = new Measurements(scope: null);
        var account = new Account(name: "reports");
        var before = measured.Read("apiax.auth.token.remaining").Count;
        await account.GetAsync();

        Assert.That(measured.TagsOf(Requests), Is.EqualTo(["apiax.auth.account=reports apiax.auth.grant_type=password"]));
        Assert.That(measured.Read("apiax.auth.token.remaining").Keys, Has.Count.EqualTo(before + 1).And.Some.EqualTo("apiax.auth.account=reports"));
        await account.DisposeAsync();
        Assert.That(measured.Read("apiax.auth.token.remaining"), Has.Count.EqualTo(before));
    }

    [Test]
    public async Task A_handler_without_a_container_counts_its_401s()
    {
        using var measured = new Measurements(scope: null);
        using var client = new BearerClient(Sending.Async);
        client.Api.Rejected.Add("token-1");

        await client.StatusOf();

        Assert.That(measured.TagsOf(Unauthorized), Is.EqualTo(["apiax.auth.account=(application) apiax.auth.outcome=replaced"]));
    }

    [Test]
    public async Task The_instruments_have_these_names_kinds_and_units()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));

        Assert.That(Measured(app).Instruments.Select(each => $"{each.GetType().Name.Split('`')[0]} {each.Name} {each.Unit}"), Is.EquivalentTo(
        [
            "Counter apiax.auth.token.requests {request}",
            "Histogram apiax.auth.token.request.duration s",
            "Histogram apiax.auth.token.wait.duration s",
            "Counter apiax.auth.unauthorized {response}",
            "ObservableGauge apiax.auth.token.remaining s",
            "ObservableUpDownCounter apiax.auth.state {account}",
        ]));
        Assert.That(Measured(app).Instruments.Select(each => each.Description), Has.None.Null.And.None.Empty);
#if NET9_0_OR_GREATER
        Assert.That(Measured(app).Instruments.OfType<Histogram<double>>().Select(each => each.Advice?.HistogramBucketBoundaries?[^1]), Is.All.EqualTo(30));
#endif
    }

    private Measurements Measured(App app)
    {
        _ = app.Provider.GetRequiredService<TokenMetrics>();
        var measured = new Measurements(app.Provider.GetRequiredService<IMeterFactory>());
        _used.Add(measured);
        return measured;
    }

    private static async Task ExpireAndCallAsync(App app)
    {
        app.Time.Advance(TimeSpan.FromHours(1));
        try
        {
            await app.GetAsync();
        }
        catch (ApiaxAuthException)
        {
            // The failure is expected; the test reads the metrics.
        }
    }
}
