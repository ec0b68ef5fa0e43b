using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests;

/// <summary>The lifetime and the ownership of the token client's handlers: a handler of the application is changed or disposed only if no other client uses it.</summary>
[TestFixture]
internal sealed class TokenPipelineTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    private static IEnumerable<TestCaseData<Action<IServiceCollection, SocketsHttpHandler>>> Sharing =>
    [
        new((services, shared) => services.ConfigureHttpClientDefaults(client => client.ConfigurePrimaryHttpMessageHandler(() => shared))) { TestName = "{m}(for all clients)" },
        new((services, shared) => services.AddSingleton(shared).ConfigureHttpClientDefaults(client => client.ConfigurePrimaryHttpMessageHandler(provider => provider.GetRequiredService<SocketsHttpHandler>()))) { TestName = "{m}(a singleton)" },
        new((services, shared) => services.ConfigureHttpClientDefaults(client => client.ConfigurePrimaryHttpMessageHandler(() => new RecordingHandler { InnerHandler = shared }))) { TestName = "{m}(in a new wrapper)" },
        new((services, shared) => services.PostConfigureAll<HttpClientFactoryOptions>(options => options.HttpMessageHandlerBuilderActions.Add(builder => builder.PrimaryHandler = shared))) { TestName = "{m}(post-configured)" },
        new((services, shared) => services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => shared)) { TestName = "{m}(for the token client alone)" },
        new((services, shared) =>
        {
            var another = new SocketsHttpHandler();
            var count = 0;
            services.ConfigureHttpClientDefaults(client => client.ConfigurePrimaryHttpMessageHandler(() => count++ % 2 == 0 ? shared : another));
        }) { TestName = "{m}(two in turn)" },
    ];

    [TestCaseSource(nameof(Sharing))]
    public async Task A_shared_handler_that_would_have_to_be_changed_is_refused_at_start_and_at_first_use(Action<IServiceCollection, SocketsHttpHandler> share)
    {
        using var shared = new SocketsHttpHandler();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        share(builder.Services.AddApiaxAuth(App.Anna), shared);
        using var host = builder.Build();

        var atStart = await Waiting.FailureOf<OptionsValidationException>(host.StartAsync());
        var atUse = await Waiting.FailureOf(host.Services.GetRequiredService<IApiaxAccessTokenProvider>().GetTokenAsync());

        Assert.That(atStart.Failures.Single(), Is.EqualTo(atUse.Message["Account (shared): ".Length..]).And.Contains("services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler("));
        Assert.That((shared.AllowAutoRedirect, shared.UseCookies), Is.EqualTo((true, true)), "Other clients have it.");
    }

    [Test]
    public async Task The_remedy_for_a_shared_handler_works()
    {
        using var shared = new SocketsHttpHandler();
        var services = new ServiceCollection();
        services.AddApiaxAuth(App.Anna).ConfigureHttpClientDefaults(client => client.ConfigurePrimaryHttpMessageHandler(() => shared));
        services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler());
        await using var provider = services.BuildServiceProvider();

        using var handler = provider.GetRequiredService<TokenClientHandlers>().Take();

        Assert.That(((SocketsHttpHandler)TokenPrimaryHandler.InnermostOf(handler)).AllowAutoRedirect, Is.False);
        Assert.That(shared.AllowAutoRedirect, Is.True);
    }

    [Test]
    public async Task A_shared_handler_that_needs_no_change_is_used_unchanged()
    {
        var shared = new TrackedHandler { InnerHandler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false } };
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        app.Services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => shared);

        Take(app).Dispose();
        app.Time.Advance(Lifetime);
        Take(app).Dispose();
        await app.Provider.DisposeAsync();

        Assert.That(shared.IsDisposed, Is.False);
        shared.Dispose();
    }

    [Test]
    public async Task A_handler_is_created_again_after_its_lifetime_and_the_unused_old_one_is_disposed()
    {
        var made = new List<TrackedHandler>();
        await using var app = AppWith(made);

        var inUse = Take(app);
        var first = ((DelegatingHandler)inUse).InnerHandler;
        Assert.That(InnerOf(Take(app)), Is.SameAs(first), "Within its lifetime there is one.");
        app.Time.Advance(Lifetime);
        var second = InnerOf(Take(app));

        Assert.That(second, Is.Not.SameAs(first));
        Assert.That(((TrackedHandler)first!).IsDisposed, Is.False, "A request is using it.");
        inUse.Dispose();
        inUse.Dispose();
        await DisposedAsync((TrackedHandler)first);
        Assert.That(((TrackedHandler)second!).IsDisposed, Is.False);

        await app.Provider.DisposeAsync();
        Assert.That(((TrackedHandler)second).IsDisposed, "The end of the container waits for it.");

        // Those that only looked whether handlers are shared, too.
        foreach (var handler in made)
            await DisposedAsync(handler);
    }

    [Test]
    public async Task A_token_request_uses_a_handler_until_its_answer_is_read()
    {
        var made = new List<TrackedHandler>();
        await using var app = AppWith(made, endpoint: true);
        app.Services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).SetHandlerLifetime(TimeSpan.FromSeconds(1));
        var hold = app.Endpoint.Hold = new Gate();

        var waiting = app.Tokens.GetTokenAsync().AsTask();
        await hold.Arrived;
        var used = made.Single(handler => handler.Requests > 0);
        app.Time.Advance(TimeSpan.FromSeconds(1));
        Take(app).Dispose();
        Assert.That(used.IsDisposed, Is.False);
        hold.Open();
        await waiting.Soon();

        await DisposedAsync(used);
    }

    [TestCase(true, ExpectedResult = false)]
    [TestCase(false, ExpectedResult = true)]
    public async Task<bool> A_handler_without_end_is_kept_unless_it_is_the_default_one(bool isDefault)
    {
        var services = new ServiceCollection();
        var time = new FakeTimeProvider();
        var client = services.AddSingleton<TimeProvider>(time).AddApiaxAuth(App.Anna).AddHttpClient(ApiaxAuthDefaults.TokenClientName).SetHandlerLifetime(Timeout.InfiniteTimeSpan);
        if (!isDefault)
            client.ConfigurePrimaryHttpMessageHandler(() => new HttpClientHandler());

        await using var provider = services.BuildServiceProvider();
        var handlers = provider.GetRequiredService<TokenClientHandlers>();

        var first = InnerOf(handlers.Take());
        time.Advance(TimeSpan.FromDays(1));
        return InnerOf(handlers.Take()) == first;
    }

    [Test]
    public async Task The_scope_of_a_handler_lives_as_long_as_the_handler([Values] bool suppressed)
    {
        var made = new List<Dependency>();
        await using var app = new App(services => services.AddApiaxAuth(App.Anna).AddScoped(_ => new Dependency(made)).AddHttpClient(ApiaxAuthDefaults.TokenClientName));
        app.Services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(provider =>
        {
            if (!suppressed)
                provider.GetRequiredService<Dependency>();

            return new TrackedHandler { InnerHandler = app.Endpoint };
        });
        app.Services.Configure<HttpClientFactoryOptions>(ApiaxAuthDefaults.TokenClientName, options => options.SuppressHandlerScope = suppressed);

        Take(app).Dispose();
        await Waiting.UntilAsync(() => Task.FromResult(made.Count(dependency => !dependency.IsDisposed) == (suppressed ? 0 : 1)), "the others are disposed");
        app.Time.Advance(Lifetime);
        Take(app).Dispose();
        await app.Provider.DisposeAsync();

        await Waiting.UntilAsync(() => Task.FromResult(made.TrueForAll(dependency => dependency.IsDisposed)), "all are disposed");
    }

    [Test]
    public async Task A_handler_that_cannot_be_disposed_fails_no_token_request()
    {
        var made = new List<TrackedHandler>();
        await using var app = AppWith(made, endpoint: true);
        Take(app).Dispose();
        made.ForEach(handler => handler.FailsToGo = true);
        app.Time.Advance(Lifetime);

        await app.Tokens.GetTokenAsync().Soon();

        await app.Logs.WaitForAsync("HandlerNotDisposed");
    }

    [Test]
    public async Task No_token_request_waits_for_the_disposal_of_a_handler()
    {
        var made = new List<TrackedHandler>();
        await using var app = AppWith(made, endpoint: true);
        var inUse = Take(app);
        using var disposal = new ManualResetEventSlim();
        made.ForEach(handler => handler.BeforeDisposal = () => disposal.Wait(TimeSpan.FromSeconds(30)));
        app.Time.Advance(Lifetime);

        await Task.Run(() => app.Tokens.GetTokenAsync().AsTask()).Soon();
        await Task.Run(inUse.Dispose).Soon();

        var first = (TrackedHandler)((DelegatingHandler)inUse).InnerHandler!;
        Assert.That(first.IsDisposed, Is.False);
        disposal.Set();
        await DisposedAsync(first);
    }

    [Test]
    public async Task A_handler_that_can_be_created_only_once_does_not_count_as_shared()
    {
        var count = 0;
        var services = new ServiceCollection();
        services.AddApiaxAuth(App.Anna).AddHttpClient(ApiaxAuthDefaults.TokenClientName)
            .ConfigurePrimaryHttpMessageHandler(() => count++ == 0 ? new SocketsHttpHandler() : throw new NotSupportedException());
        await using var provider = services.BuildServiceProvider();

        using var handler = provider.GetRequiredService<TokenClientHandlers>().Take();

        Assert.That(((SocketsHttpHandler)TokenPrimaryHandler.InnermostOf(handler)).AllowAutoRedirect, Is.False);
    }

    [Test]
    public async Task A_failure_to_create_a_handler_is_not_cached()
    {
        var fails = true;
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        app.Services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => fails ? throw new CryptographicException("certificate") : app.Endpoint);

        Assert.Throws<CryptographicException>(() => Take(app));
        fails = false;

        Assert.That(await app.GetAsync(), Is.EqualTo(HttpStatusCode.OK));
    }

    /// <summary>For example, a certificate's file is missing while it is replaced.</summary>
    [Test]
    public async Task A_failure_to_create_another_handler_keeps_the_old_one_in_use_until_it_can_be_created()
    {
        var fails = false;
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        app.Services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => fails ? throw new CryptographicException("certificate") : new Passing(app.Endpoint));
        var first = InnerOf(Take(app));

        fails = true;
        app.Time.Advance(Lifetime);
        Assert.That(InnerOf(Take(app)), Is.SameAs(first));
        fails = false;

        Assert.That(InnerOf(Take(app)), Is.Not.SameAs(first));
    }

    [Test]
    public async Task Each_reason_why_another_handler_cannot_be_created_is_logged_once()
    {
        string? reason = null;
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        app.Services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => reason is null ? new Passing(app.Endpoint) : throw new CryptographicException(reason));
        Take(app).Dispose();
        app.Time.Advance(Lifetime);

        foreach (var next in (string?[])["no file", "no file", "no key", null, null, "no key"])
        {
            reason = next;
            Take(app).Dispose();
            if (next is null)
                app.Time.Advance(Lifetime);
        }

        var logged = app.Logs.Of("HandlerNotRenewed").ToList();
        Assert.That(logged.ConvertAll(entry => entry.Details.Contains("no file", StringComparison.Ordinal) ? "no file" : "no key"), Is.EqualTo(["no file", "no key", "no key"]));
        Assert.That(logged.Select(entry => entry.Level), Is.All.EqualTo(LogLevel.Warning));
    }

    /// <summary>For example a store of certificates that does not answer.</summary>
    [Test, Repeat(10)]
    public async Task While_code_that_creates_another_handler_hangs_token_requests_use_the_old_one_and_the_end_does_not_wait()
    {
        var made = new List<TrackedHandler>();
        using var code = new HangingCode();
        await using var app = AppWith(made, endpoint: true, code.Run);
        var handlers = app.Provider.GetRequiredService<TokenClientHandlers>();
        var first = InnerOf(handlers.Take());

        (code.Hangs, handlers.MaxWait) = (true, (TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(1)));
        app.Time.Advance(Lifetime);
        var starting = Task.Run(() => InnerOf(handlers.Take()));
        await code.Running;
        Assert.That(await Task.Run(() => InnerOf(handlers.Take())).Soon(), Is.SameAs(first));
        Assert.That(await starting.Soon(), Is.SameAs(first));
        Assert.That(app.Logs.Of("HandlerNotRenewed").Single().Details, Does.Contain("has been running for more than"));

        await Task.Run(handlers.Dispose).Soon();
        var count = made.Count;
        code.GoOn();
        await Waiting.UntilAsync(() => Task.FromResult(made.Count > count && made.TrueForAll(handler => handler.IsDisposed)), "what is created later is disposed, too");
    }

    [Test, Repeat(10)]
    public async Task While_code_that_creates_the_first_handler_hangs_it_runs_once_and_is_named()
    {
        using var code = new HangingCode { Hangs = true };
        await using var app = AppWith([], endpoint: true, code.Run);
        var handlers = app.Provider.GetRequiredService<TokenClientHandlers>();
        handlers.MaxWait = (TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1));

        var problems = await Waiting.AtOnceAsync(4, _ => Task.Run(handlers.FindProblem));
        Assert.That((problems, code.Runs), Is.EqualTo((Enumerable.Repeat(problems[0], 4), 1)));
        Assert.That(problems[0], Does.Contain(ApiaxAuthDefaults.TokenClientName).And.Contain("has been running for more than"));

        code.GoOn();
        await Waiting.UntilAsync(() => Task.FromResult(handlers.FindProblem() is null), "its handler is used");
    }

    [Test]
    public async Task Code_that_creates_a_handler_and_hangs_is_run_again_after_ten_minutes()
    {
        using var code = new HangingCode { Hangs = true };
        await using var app = AppWith([], endpoint: true, code.Run);
        var handlers = app.Provider.GetRequiredService<TokenClientHandlers>();
        handlers.MaxWait = (TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1));
        Assert.That(await Task.Run(handlers.FindProblem), Is.Not.Null);
        await code.Running;

        (code.Hangs, handlers.MaxWait) = (false, (TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30)));
        app.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.That(await Task.Run(handlers.FindProblem).Soon(), Is.Null);

        code.GoOn();
    }

    [Test]
    public async Task Actions_and_filters_run_in_the_factorys_order_and_see_the_name()
    {
        var ran = new List<string>();
        await using var app = new App(services =>
        {
            services.AddApiaxAuth(App.Anna);
            services.AddSingleton<IHttpMessageHandlerBuilderFilter>(new NotingFilter("outer", ran));
            services.AddSingleton<IHttpMessageHandlerBuilderFilter>(new NotingFilter("inner", ran));
        });
        app.Services.Configure<HttpClientFactoryOptions>(ApiaxAuthDefaults.TokenClientName, options => options.HttpMessageHandlerBuilderActions.Add(builder => ran.Add($"action {builder.Name}")));

        Take(app).Dispose();

        var name = ApiaxAuthDefaults.TokenClientName;
        Assert.That(ran.Take(5), Is.EqualTo([$"outer before {name}", $"inner before {name}", $"action {name}", $"inner after {name}", $"outer after {name}"]));
        ran.Clear();

        app.Provider.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(name);
        Assert.That(ran, Is.EqualTo([$"outer before {name}", $"inner before {name}", $"action {name}", $"inner after {name}", $"outer after {name}"]), "As the factory does it.");
    }

    private static HttpMessageHandler Take(App app) => app.Provider.GetRequiredService<TokenClientHandlers>().Take();

    private static Task DisposedAsync(TrackedHandler handler) => Waiting.UntilAsync(() => Task.FromResult(handler.IsDisposed), "it is disposed");

    private static HttpMessageHandler? InnerOf(HttpMessageHandler lease)
    {
        using (lease)
            return ((DelegatingHandler)lease).InnerHandler;
    }

    private static App AppWith(List<TrackedHandler> made, bool endpoint = false, Action? beforeCreation = null)
    {
        var app = new App(services => services.AddApiaxAuth(App.Anna));
        app.Services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() =>
        {
            beforeCreation?.Invoke();
            var handler = new TrackedHandler();
            handler.InnerHandler = endpoint ? new Passing(app.Endpoint) : new HttpClientHandler();
            made.Add(handler);
            return handler;
        });
        return app;
    }

    /// <summary>A new handler each time, around one that is shared.</summary>
    private sealed class Passing(HttpMessageHandler to) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker _to = new(to, disposeHandler: false);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => _to.SendAsync(request, cancellationToken);
    }

    private sealed class TrackedHandler : DelegatingHandler
    {
        public bool IsDisposed { get; private set; }

        public bool FailsToGo { get; set; }

        public Action? BeforeDisposal { get; set; }

        public int Requests { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            return base.SendAsync(request, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            if (FailsToGo)
                throw new IOException("no");

            BeforeDisposal?.Invoke();
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }

    private sealed class HangingCode : IDisposable
    {
        private readonly TaskCompletionSource _running = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _goOn = new();
        private int _runs;

        public bool Hangs { get; set; }

        public int Runs => _runs;

        public Task Running => _running.Task.Soon();

        public void Run()
        {
            Interlocked.Increment(ref _runs);
            if (!Hangs)
                return;

            _running.TrySetResult();
            _goOn.Wait(TimeSpan.FromSeconds(30));
        }

        public void GoOn() => _goOn.Set();

        public void Dispose() => _goOn.Set();
    }

    private sealed class Dependency : IDisposable
    {
        public Dependency(List<Dependency> made) => made.Add(this);

        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }

    private sealed class NotingFilter(string name, List<string> ran) : IHttpMessageHandlerBuilderFilter
    {
        public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => builder =>
        {
            ran.Add($"{name} before {builder.Name}");
            next(builder);
            ran.Add($"{name} after {builder.Name}");
        };
    }
}
