using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.Time.Testing;

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
        Assert.That(runs, Is.InRange(1, 2));
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

    [Test]
    public async Task After_an_exception_at_a_reload_it_runs_again_with_a_later_call_which_does_not_wait_for_it()
    {
        var (change, runs, ended, fails) = (new Change(), 0, 0, false);
        using var hold = new ManualResetEventSlim(initialState: true);
        await using var app = new App(services => services.AddApiaxAuth(options =>
        {
            App.Anna(options);
            options.ApiHosts.Add("api.apiax.io");
            if (Interlocked.Increment(ref runs) > 1)
                options.ApiHosts.Add("new.example");

            hold.Wait(TimeSpan.FromSeconds(30));
            Interlocked.Increment(ref ended);
            if (fails)
                ReadSecretFile();
        }).AddSingleton<IOptionsChangeTokenSource<ApiaxAuthOptions>>(change));
        await app.GetAsync();

        fails = true;
        change.Happen();
        hold.Reset();
        app.Time.Advance(TimeSpan.FromSeconds(9));
        await app.GetAsync();
        await Waiting.SettleAsync();
        Assert.That(runs, Is.EqualTo(2));

        app.Time.Advance(TimeSpan.FromSeconds(1));
        await app.GetAsync(url: "https://new.example/");
        await Waiting.UntilAsync(() => Task.FromResult(runs > 2), "the code runs again");

        // If it hangs, it must not occupy one thread after the other.
        for (var call = 0; call < 5; call++)
        {
            app.Time.Advance(TimeSpan.FromSeconds(10));
            await app.GetAsync(url: "https://new.example/");
        }

        hold.Set();
        await Waiting.UntilAsync(() => Task.FromResult(ended == 3), "the code ends");
        await Waiting.SettleAsync();
        Assert.That(runs, Is.EqualTo(3));
        Assert.That(app.Api.Tokens, Is.EqualTo(new[] { "access-1", "access-1", null, null, null, null, null, null }));

        fails = false;
        await Waiting.UntilAsync(
            async () =>
            {
                app.Time.Advance(TimeSpan.FromSeconds(1));
                await app.GetAsync(url: "https://new.example/");
                return app.Api.Tokens.Last() is not null;
            },
            "the new settings are in force");
        app.Time.Advance(TimeSpan.FromMinutes(1));
        await app.GetAsync();
        await Waiting.SettleAsync();
        Assert.That((runs, app.Logs.Of("ReloadRefused").Count()), Is.EqualTo((4, 1)));
    }

    [Test]
    public async Task While_it_fails_it_runs_every_ten_seconds_at_most_and_each_reason_is_logged_once()
    {
        var (change, runs) = (new Change(), new List<DateTimeOffset>());
        App? app = null;
        await using var running = app = new App(services => services.AddApiaxAuth(options =>
        {
            App.Anna(options);
            lock (runs)
                runs.Add(app!.Time.GetUtcNow());

            // An exception with a time or an id in its text, and twice a secret that is empty.
            if (runs.Count is 4 or 6)
                options.Password = "";
            else if (runs.Count > 1)
                throw new IOException($"attempt {runs.Count}");
        }).AddSingleton<IOptionsChangeTokenSource<ApiaxAuthOptions>>(change));
        await app.GetAsync();

        change.Happen();

        // With real time between the calls: the clock must not run away from the thread that runs it.
        await Waiting.UntilAsync(
            async () =>
            {
                app.Time.Advance(TimeSpan.FromSeconds(1));
                await app.GetAsync();
                return runs.Count >= 8;
            },
            "it does not run again");

        Assert.That(runs.Skip(2).Zip(runs.Skip(1), (later, earlier) => (later - earlier).TotalSeconds), Is.All.GreaterThanOrEqualTo(10));
        var logged = app.Logs.Of("ReloadRefused").Select(entry => entry.Message).ToList();
        Assert.That(logged, Has.Count.EqualTo(2));
        Assert.That(logged[0], Does.EndWith("stay in force: attempt 2"));
        Assert.That(logged[1], Does.Contain("stay in force: Password is missing"));
    }

    /// <summary>The account's settings are those of its first client, which may send nothing for a long time.</summary>
    [Test]
    public async Task After_its_exception_at_a_reload_it_runs_again_with_a_call_of_another_client()
    {
        var runs = 0;
        var configuration = App.Configuration();
        await using var app = new App(services =>
        {
            services.AddSingleton<IConfiguration>(configuration).AddHttpClient("rules").AddApiaxAuth(App.Anna);
            services.AddHttpClient("files").AddApiaxAuth(options =>
            {
                App.Ben(options);
                if (Interlocked.Increment(ref runs) == 2)
                    ReadSecretFile();
            });
        });
        await app.GetAsync("rules");
        await app.GetAsync("files");

        configuration.Reload();
        app.Time.Advance(TimeSpan.FromSeconds(10));
        await app.GetAsync("rules");

        await Waiting.UntilAsync(() => Task.FromResult(runs == 3), "the code runs again");
    }

    [Test]
    public async Task After_its_exception_at_a_reload_it_runs_again_for_a_client_with_a_provider_of_the_application()
    {
        var (change, runs) = (new Change(), 0);
        await using var app = new App(services => services.AddSingleton<IApiaxAccessTokenProvider>(new TokensStub()).AddApiaxAuth(_ =>
        {
            if (Interlocked.Increment(ref runs) == 2)
                ReadSecretFile();
        }).AddSingleton<IOptionsChangeTokenSource<ApiaxAuthOptions>>(change));
        await app.GetAsync();

        change.Happen();
        app.Time.Advance(TimeSpan.FromSeconds(10));
        await app.GetAsync();

        await Waiting.UntilAsync(() => Task.FromResult(runs == 3), "the code runs again");
    }

    [Test]
    public async Task It_does_not_run_after_the_container_is_disposed()
    {
        var (change, runs) = (new Change(), 0);
        await using var app = new App(services => services.AddApiaxAuth(options =>
        {
            App.Anna(options);
            if (Interlocked.Increment(ref runs) > 1)
                ReadSecretFile();
        }).AddSingleton<IOptionsChangeTokenSource<ApiaxAuthOptions>>(change));
        using var http = app.Client();
        using var first = await http.GetAsync(new Uri("https://api.apiax.io/")).Soon();

        change.Happen();
        await app.Provider.DisposeAsync();
        app.Time.Advance(TimeSpan.FromSeconds(10));
        using var last = await http.GetAsync(new Uri("https://api.apiax.io/")).Soon();
        await Waiting.SettleAsync();

        Assert.That((runs, last.StatusCode), Is.EqualTo((2, HttpStatusCode.OK)));
    }

    [Test]
    public async Task After_a_reload_a_call_costs_as_much_as_before()
    {
        var (change, time) = (new Change(), new CountingTime());
        await using var app = new App(services => services.AddApiaxAuth(App.Anna).AddSingleton<TimeProvider>(time).AddSingleton<IOptionsChangeTokenSource<ApiaxAuthOptions>>(change));
        var registry = app.Provider.GetRequiredService<SettingsRegistry>();
        await app.GetAsync();

        change.Happen();
        time.Advance(TimeSpan.FromSeconds(10));
        registry.RetryReloads();

        await Waiting.UntilAsync(
            () =>
            {
                var reads = time.Reads;
                registry.RetryReloads();
                return Task.FromResult(time.Reads == reads);
            },
            "no call looks whether a reload is due");
    }

    /// <summary>It would be thrown to the code that changes the configuration.</summary>
    [Test]
    public async Task A_change_while_the_container_is_being_disposed_throws_and_logs_nothing([Values] bool hasOwnSection)
    {
        var configuration = App.Configuration(("Apiax:Username", "anna"), ("Apiax:Password", "right"));
        await using var app = new App(services =>
        {
            services.AddSingleton<IConfiguration>(configuration).AddSingleton(_ => new LastChange(configuration.Reload));
            if (hasOwnSection)
                services.AddHttpClient("rules").AddApiaxAuth(configuration.GetSection("Apiax"));
            else
                services.AddApiaxAuth();
        });
        await app.GetAsync();
        _ = app.Provider.GetRequiredService<LastChange>();

        await app.Provider.DisposeAsync();

        Assert.That(app.Logs.Of("ReloadRefused"), Is.Empty);
    }

    [Test]
    public async Task A_source_of_changes_that_fails_loses_no_change_of_others([Values("rules", "files")] string account)
    {
        var (change, hosts) = (App.Configuration(), "*.apiax.io");
        await using var app = new App(services =>
        {
            services.AddSingleton<IConfiguration>(change).AddSingleton<IOptionsChangeTokenSource<ApiaxAuthOptions>>(new FailingSource(account, change));
            services.AddHttpClient("rules").AddApiaxAuth(options =>
            {
                App.Anna(options);
                options.ApiHosts.Add(hosts);
            });
            services.AddHttpClient("files").AddApiaxAuth(App.Ben);
        });
        await app.GetAsync("rules");
        await app.GetAsync("files");

        foreach (var next in new[] { "one.example", "two.example" })
        {
            hosts = next;
            change.Reload();
            await app.GetAsync("rules", $"https://{next}/");
            Assert.That(app.Api.Tokens.Last(), Is.Not.Null, next);
        }

        Assert.That(app.Logs.Of("NotWatched").Select(entry => entry.Details), Is.Not.Empty.And.All.Contains("no source"));
        Assert.That(app.Logs.Of("ReloadRefused"), Is.Empty);
    }

    [Test]
    public async Task While_it_hangs_in_a_reload_the_account_continues_with_the_settings_in_force()
    {
        using var code = new HangingCode();
        var change = new Change();
        await using var app = new App(services => services.AddApiaxAuth(options =>
        {
            App.Anna(options);
            code.Run();
        }).AddSingleton<IOptionsChangeTokenSource<ApiaxAuthOptions>>(change));
        await app.GetAsync();
        app.Endpoint.RefusesRefreshTokens = true;
        app.Endpoint.Passwords.Add("another");
        app.Time.Advance(TimeSpan.FromHours(1));
        await Waiting.FailureOf<ApiaxAuthException>(app.GetAsync());

        var reload = code.HangDuring(change.Happen);
        app.Endpoint.Passwords.Clear();
        app.Time.Advance(TimeSpan.FromHours(1));
        await app.GetAsync();

        Assert.That((app.Endpoint.Logins, code.Runs), Is.EqualTo((3, 2)));
        code.GoOn();
        await reload.Soon();
    }

    [Test]
    public async Task While_it_hangs_in_a_reload_the_changed_settings_of_others_come_into_force()
    {
        using var code = new HangingCode();
        var (change, hosts) = (App.Configuration(), "*.apiax.io");
        await using var app = new App(services =>
        {
            services.AddSingleton<IConfiguration>(change).AddHttpClient("rules").AddApiaxAuth(options =>
            {
                App.Anna(options);
                code.Run();
            });
            services.AddHttpClient("files").AddApiaxAuth(options =>
            {
                App.Ben(options);
                options.ApiHosts.Add(hosts);
            });
        });
        await app.GetAsync("rules");
        await app.GetAsync("files");

        hosts = "files.example";
        var reload = code.HangDuring(change.Reload);
        await Waiting.UntilAsync(
            async () =>
            {
                app.Time.Advance(TimeSpan.FromSeconds(1));
                await app.GetAsync("files", "https://files.example/");
                return app.Api.Tokens.Last() is not null;
            },
            "the new settings are in force");

        code.GoOn();
        await reload.Soon();
    }

    [Test]
    public async Task While_it_hangs_in_a_reload_it_does_not_delay_the_next_change_without_end_and_reads_that_later()
    {
        using var code = new HangingCode();
        var (change, hosts) = (new Change(), "*.apiax.io");
        await using var app = new App(services => services.AddApiaxAuth(options =>
        {
            App.Anna(options);
            options.ApiHosts.Add(hosts);
            code.Run();
        }).AddSingleton<IOptionsChangeTokenSource<ApiaxAuthOptions>>(change));
        await app.GetAsync();
        app.Provider.GetRequiredService<SettingsRegistry>().MaxWait = TimeSpan.FromMilliseconds(1);

        var reload = code.HangDuring(change.Happen);
        hosts = "new.example";
        await Task.Run(change.Happen).Soon();
        Assert.That(code.Runs, Is.EqualTo(2));
        code.GoOn();
        await reload.Soon();
        app.Time.Advance(TimeSpan.FromSeconds(10));
        await Waiting.UntilAsync(
            async () =>
            {
                await app.GetAsync(url: "https://new.example/");
                return app.Api.Tokens.Last() is not null;
            },
            "the new settings are in force");

        Assert.That(code.Runs, Is.EqualTo(3));
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
    public void A_change_that_two_threads_see_is_read_once()
    {
        var source = new Change();
        using var logs = new LogBook();
        using var reader = new SettingsReader(Options.DefaultName, new OptionsFactory<ApiaxAuthOptions>([], []), [source], () => { }, logs.CreateLogger("T")) { MaxWait = TimeSpan.Zero };
        reader.Read();
        source.Happen();

        var isTakenByOther = false;
        source.OnWatch = () => isTakenByOther = reader.TakeChange();
        var isTaken = reader.TakeChange();

        Assert.That((isTaken, isTakenByOther), Is.EqualTo((false, true)));
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

    /// <summary>Settings code that hangs when it runs for the second time.</summary>
    private sealed class HangingCode : IDisposable
    {
        private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);
        private readonly ManualResetEventSlim _running = new();
        private readonly ManualResetEventSlim _goOn = new();
        private int _runs;

        public int Runs => _runs;

        public void Run()
        {
            if (Interlocked.Increment(ref _runs) != 2)
                return;

            _running.Set();
            _goOn.Wait(MaxWait);
        }

        /// <summary>Starts what runs the code, and returns while it hangs.</summary>
        public Task HangDuring(Action reload)
        {
            var hanging = Task.Run(reload);
            Assert.That(_running.Wait(MaxWait));
            return hanging;
        }

        public void GoOn() => _goOn.Set();

        public void Dispose()
        {
            _goOn.Set();
            _running.Dispose();
        }
    }

    private sealed class CountingTime : FakeTimeProvider
    {
        private int _reads;

        public int Reads => _reads;

        public override long GetTimestamp()
        {
            Interlocked.Increment(ref _reads);
            return base.GetTimestamp();
        }
    }

    /// <summary>A service that changes the configuration when it is disposed.</summary>
    private sealed class LastChange(Action happen) : IDisposable
    {
        public void Dispose() => happen();
    }

    /// <summary>Fails after its first change.</summary>
    private sealed class FailingSource(string name, IConfiguration change) : IOptionsChangeTokenSource<ApiaxAuthOptions>
    {
        private int _requests;

        public string Name => name;

        public IChangeToken GetChangeToken() => Interlocked.Increment(ref _requests) == 1 ? change.GetReloadToken() : throw new InvalidOperationException("no source");
    }

    private sealed class Change : IOptionsChangeTokenSource<ApiaxAuthOptions>
    {
        private Microsoft.Extensions.Configuration.ConfigurationReloadToken _now = new();

        public string Name => Options.DefaultName;

        /// <summary>Called once, by the next who watches.</summary>
        public Action? OnWatch { get; set; }

        public IChangeToken GetChangeToken()
        {
            var onWatch = OnWatch;
            OnWatch = null;
            onWatch?.Invoke();
            return _now;
        }

        public void Happen() => Interlocked.Exchange(ref _now, new()).OnReload();
    }
}
