using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Apiax.Http.Handlers.Tests;

/// <summary>The application's code that configures the settings: when it runs, and what happens to its exceptions.</summary>
[TestFixture]
internal sealed class SettingsCodeTests
{
    [Test]
    public async Task It_runs_once_for_fifty_first_calls_at_once()
    {
        var runs = 0;
        using var everybody = new CountdownEvent(50);
        await using var app = new App(services => services.AddApiaxAuth(options =>
        {
            App.Anna(options);
            Interlocked.Increment(ref runs);
            everybody.Wait(TimeSpan.FromSeconds(15));
        }));
        var tokens = app.Tokens;

        await Waiting.AtOnceAsync(50, _ =>
        {
            everybody.Signal();
            return tokens.GetTokenAsync().AsTask();
        });

        Assert.That(runs, Is.EqualTo(1));
    }

    [Test]
    public async Task It_runs_once_when_the_host_starts_and_not_again_for_fifty_calls()
    {
        var runs = 0;
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        using var endpoint = new TokenEndpointStub();
        builder.Services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => endpoint);
        builder.Services.AddHttpClient("rules").AddApiaxAuth(options =>
        {
            App.Anna(options);
            Interlocked.Increment(ref runs);
        });
        using var host = builder.Build();

        await host.StartAsync().Soon();
        await Waiting.AtOnceAsync(50, _ => host.Services.GetRequiredKeyedService<IApiaxAccessTokenProvider>("rules").GetTokenAsync().AsTask());

        Assert.That(runs, Is.EqualTo(1));
    }

    [Test]
    public async Task It_runs_once_for_each_reload_of_what_it_depends_on()
    {
        var runs = 0;
        var configuration = App.Configuration(("A:Username", "anna"), ("A:Password", "right"), ("B:Username", "ben"), ("B:Password", "right"));
        await using var app = new App(services =>
        {
            services.AddHttpClient("one").AddApiaxAuth(configuration.GetSection("A")).AddApiaxAuth(_ => Interlocked.Increment(ref runs));
            services.AddHttpClient("two").AddApiaxAuth(configuration.GetSection("B"));
        });
        await app.GetAsync("one");
        await app.GetAsync("two");

        configuration.Reload();
        configuration.Reload();

        Assert.That(runs, Is.EqualTo(3));
    }

    [Test]
    public async Task It_runs_again_for_a_client_whose_settings_it_reads_from_the_configuration()
    {
        var configuration = App.Configuration(("IntegrationPassword", "old"));
        await using var app = new App(services => services.AddSingleton<IConfiguration>(configuration).AddHttpClient("rules").AddApiaxAuth(options =>
        {
            App.Anna(options);
            options.Password = configuration["IntegrationPassword"];
        }));
        await app.GetAsync();

        configuration["IntegrationPassword"] = "new";
        configuration.Reload();
        app.Endpoint.RefusesRefreshTokens = true;
        app.Time.Advance(TimeSpan.FromHours(1));
        await app.GetAsync();

        Assert.That(app.Endpoint.Forms[^1]["password"], Is.EqualTo("new"));
    }

    [Test]
    public async Task Its_exception_reaches_the_caller_with_type_and_stack_and_the_next_call_works()
    {
        var runs = 0;
        await using var app = new App(services => services.AddApiaxAuth(options =>
        {
            App.Anna(options);
            if (Interlocked.Increment(ref runs) == 1)
                ReadSecretFile();
        }));

        var failure = await Waiting.FailureOf<InvalidOperationException>(app.GetAsync());
        await app.GetAsync();

        Assert.That(failure, Is.TypeOf<InvalidOperationException>().With.Message.EqualTo("Sequence contains no elements").And.Property("StackTrace").Contains(nameof(ReadSecretFile)));
        Assert.That((runs, app.Api.Calls.Count), Is.EqualTo((2, 1)));
    }

    [Test]
    public async Task Its_exception_stops_the_host_with_type_and_stack()
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddApiaxAuth(_ => ReadSecretFile());
        using var host = builder.Build();

        var failure = await Waiting.FailureOf<InvalidOperationException>(host.StartAsync());

        Assert.That(failure, Is.TypeOf<InvalidOperationException>().With.Property("StackTrace").Contains(nameof(ReadSecretFile)));
    }

    /// <summary>A source that fails slowly would otherwise fail for one caller after the other.</summary>
    [Test]
    public async Task Waiting_replicas_share_its_failure()
    {
        var runs = 0;
        using var everybody = new CountdownEvent(20);
        await using var app = new App(services => services.AddApiaxAuth(_ =>
        {
            Interlocked.Increment(ref runs);
            everybody.Wait(TimeSpan.FromSeconds(15));
            throw new IOException("no file");
        }));
        var tokens = app.Tokens;

        var failures = await Waiting.AtOnceAsync(20, async _ =>
        {
            everybody.Signal();
            return await Waiting.FailureOf<IOException>(tokens.GetTokenAsync().AsTask());
        });

        Assert.That(failures.Select(failure => failure.Message), Is.All.EqualTo("no file"));
        Assert.That(runs, Is.LessThan(20));
    }

    [Test]
    public async Task Status_and_health_do_not_throw_what_it_throws()
    {
        await using var app = new App(services => services.AddApiaxAuth(_ => throw new NotSupportedException("no vault")));

        var status = app.Provider.GetRequiredService<ApiaxAccounts>().GetStatus().Single();

        Assert.That((status.State, status.LastFailure), Is.EqualTo((ApiaxAccountState.CoolingDown, (ApiaxAuthFailure?)ApiaxAuthFailure.Misconfigured)));
    }

    [Test]
    public async Task An_exception_at_a_reload_is_logged_with_its_stack_and_the_previous_settings_stay()
    {
        var (change, runs) = (new Change(), 0);
        await using var app = new App(services => services.AddApiaxAuth(options =>
        {
            App.Anna(options);
            if (++runs > 1)
                ReadSecretFile();
        }).AddSingleton<IOptionsChangeTokenSource<ApiaxAuthOptions>>(change));
        await app.GetAsync();

        change.Happen();
        await app.GetAsync();

        Assert.That(app.Logs.Of("ReloadRefused").Single().Details, Does.Contain(nameof(ReadSecretFile)));
        Assert.That(app.Api.Tokens, Is.EqualTo(["access-1", "access-1"]));
    }

    /// <summary>The mark that settings are being read flows into everything that the code starts, which may run longer.</summary>
    [Test]
    public async Task A_watcher_that_it_starts_counts_when_it_reloads_later()
    {
        var (later, watching) = (new TaskCompletionSource(), (Task?)null);
        var configuration = App.Configuration(("Apiax:Username", "anna"), ("Apiax:Password", "pa"));
        await using var app = new App(services => services.AddApiaxAuth(configuration.GetSection("Apiax")).PostConfigureAll<ApiaxAuthOptions>(_ => watching ??= WatchAsync()));
        await app.GetAsync();

        later.SetResult();
        await watching!.Soon();
        app.Endpoint.RefusesRefreshTokens = true;
        app.Time.Advance(TimeSpan.FromHours(1));
        await app.GetAsync();

        Assert.That(app.Logs.Of("ReloadRefused"), Is.Empty);
        Assert.That(app.Endpoint.Forms[^1]["password"], Is.EqualTo("pb"));

        async Task WatchAsync()
        {
            await later.Task;
            configuration["Apiax:Password"] = "pb";
            configuration.Reload();
        }
    }

    /// <summary>A thread that was started without the caller's context, for example by a library.</summary>
    [Test]
    public async Task It_may_wait_for_a_thread_that_needs_the_settings()
    {
        SettingsReader? reader = null;
        Task? other = null;
        var configure = new ConfigureNamedOptions<ApiaxAuthOptions>("rules", options =>
        {
            App.Anna(options);
            using var withoutContext = ExecutionContext.SuppressFlow();
            other = Task.Run(() => reader!.Read());
            Assert.That(((IAsyncResult)other).AsyncWaitHandle.WaitOne(TimeSpan.FromSeconds(15)));
        });
        using var logs = new LogBook();
        using (reader = new SettingsReader("rules", new OptionsFactory<ApiaxAuthOptions>([configure], []), [], () => { }, logs.CreateLogger("T")) { MaxWait = TimeSpan.FromMilliseconds(1) })
            Assert.That(reader.Read().Username, Is.EqualTo("anna"));

        Assert.That((await Waiting.FailureOf<InvalidOperationException>(other!)).Message, Does.Contain("configures rules").And.Contain("another thread"));
    }

    [Test]
    public async Task It_may_reload_the_configuration_itself()
    {
        var configuration = App.Configuration(("Apiax:Username", "anna"), ("Apiax:Password", "right"));
        await using var app = new App(services =>
        {
            services.AddHttpClient("rules").AddApiaxAuth(_ => configuration.Reload()).AddApiaxAuth(configuration.GetSection("Apiax"));
            services.AddHttpClient("files").AddApiaxAuth(configuration.GetSection("Apiax"));
        });

        await Task.Run(() => app.GetAsync("files")).Soon();
        await Task.Run(() => app.GetAsync("rules")).Soon();
        await Task.Run(configuration.Reload).Soon();
        await app.GetAsync("rules");

        Assert.That(app.Api.Tokens, Is.All.EqualTo("access-1"));
    }

    [Test]
    public async Task It_may_send_with_another_account([Values] bool onAnotherThread)
    {
        App? app = null;
        await using var running = app = new App(services =>
        {
            services.AddHttpClient("rules").AddApiaxAuth(options =>
            {
                App.Anna(options);
                var call = onAnotherThread ? Task.Run(() => app!.GetAsync("vault")) : app!.GetAsync("vault");
#pragma warning disable VSTHRD002 // As applications do.
                call.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
            });
            services.AddHttpClient("vault").AddApiaxAuth(App.Ben);
        });

        await Task.Run(() => app.GetAsync("rules")).Soon();

        Assert.That(app.Endpoint.Forms.Select(form => form["username"]), Is.EqualTo(["ben", "anna"]));
    }

    private static void ReadSecretFile() => throw new InvalidOperationException("Sequence contains no elements");

    private sealed class Change : IOptionsChangeTokenSource<ApiaxAuthOptions>
    {
        private Microsoft.Extensions.Configuration.ConfigurationReloadToken _now = new();

        public string Name => Options.DefaultName;

        public IChangeToken GetChangeToken() => _now;

        public void Happen() => Interlocked.Exchange(ref _now, new()).OnReload();
    }
}
