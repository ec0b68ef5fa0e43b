using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Apiax.Http.Handlers.IntegrationTests;
using Apiax.Http.Handlers.Testing;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>What is logged about a failed connection, and what is not.</summary>
[TestFixture]
internal sealed class RedisTokenStoreFailureTests
{
    [TestCase("password=abc,hidden")]
    [TestCase("password=abc,hidden:1,connectTimeout=200")]
    public async Task No_part_of_a_connection_string_is_logged(string configuration)
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, configuration);
        await app.GetTokenAsync();

        Assert.That(app.Warnings, Has.Count.EqualTo(1).And.All.Contains("Redis cannot be reached"));
        Assert.That(app.WholeLog, Does.Not.Contain("hidden").And.Not.Contain("abc"));
    }

    [TestCase("redis://user:hidden@127.0.0.1:1,abortConnect=false,connectTimeout=200")]
    [TestCase("password=abc,hidden,abortConnect=true,connectTimeout=200,connectRetry=0")]
    [TestCase("127.0.0.1:1,password=abc,hidden=1")]
    public async Task No_part_of_the_applications_own_connection_string_is_logged(string configuration)
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, services => services.AddSingleton<IDataProtectionProvider>(new EphemeralDataProtectionProvider())
            .AddSingleton<IConnectionMultiplexer>(_ => ConnectionMultiplexer.Connect(configuration)).AddApiaxRedisTokenStore());
        await app.GetTokenAsync();

        Assert.That(app.Warnings, Has.Count.EqualTo(1));
        Assert.That(app.WholeLog, Does.Not.Contain("hidden").And.Not.Contain("abc"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_certificate_that_is_not_trusted_is_not_called_a_wrong_password(bool isOwn)
    {
        using var server = new UntrustedServer();
        var configuration = $"{server.EndPoint},ssl=true";
        await using var apiax = await ApiaxSandbox.StartAsync();

        // On a busy machine, the handshakes may take longer than the store waits.
        await using var app = new StoreApp(apiax, services =>
        {
            services.AddSingleton<TimeProvider>(new FakeTimeProvider(TimeProvider.System.GetUtcNow())).AddSingleton<IDataProtectionProvider>(new EphemeralDataProtectionProvider());
            _ = isOwn
                ? services.AddApiaxRedisTokenStore(configuration)
                : services.AddSingleton<IConnectionMultiplexer>(_ => ConnectionMultiplexer.Connect(configuration)).AddApiaxRedisTokenStore();
        });
        await app.GetTokenAsync();

        Assert.That(app.Warnings, Has.Count.EqualTo(1));
        Assert.That(app.Warnings[0], Does.Contain("certificate").And.Not.Contain("password"));
    }

    [Test]
    public async Task A_wrong_password_is_not_named_any_more_after_the_right_one()
    {
        RedisServer.Require("redis-server");
        using var redis = RedisServer.Start("redis-server", "--requirepass", "other");
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, $"{redis.EndPoint},password=mine");
        Assert.That(await FailureAsync(app), Does.Contain("valid user name and password"));

        await using (var admin = await ConnectionMultiplexer.ConnectAsync($"{redis.EndPoint},password=other,allowAdmin=true"))
            await admin.GetServer(redis.EndPoint).ConfigSetAsync("requirepass", "mine");
        for (var tenth = 0; tenth < 300 && await FailureAsync(app) is not null; tenth++)
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        Assert.That(await FailureAsync(app), Is.Null);
        redis.Kill();

        Assert.That(await FailureAsync(app), Does.Contain("Redis cannot be reached"));
    }

    /// <summary>Of the whole process, so that other tests would be seen as well.</summary>
    [Test, NonParallelizable]
    public async Task A_subscription_that_fails_is_observed()
    {
        using var redis = RedisServer.Start("garnet");
        using var unobserved = new UnobservedExceptions();

        await WaitWithoutChannelsAsync($"{redis.EndPoint},$SUBSCRIBE=");

        Assert.That(unobserved.All().OfType<RedisCommandException>(), Is.Empty);
    }

    [Test]
    public async Task A_call_that_fails_after_it_was_cancelled_is_observed()
    {
        using var unobserved = new UnobservedExceptions();

        await FailLateAsync();

        // Off the stack of that call, which holds the task.
        await Task.Yield();
        Assert.That(unobserved.All().OfType<InvalidDataException>(), Is.Empty);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_Redis_that_does_not_answer_is_a_timeout(bool isConnected)
    {
        var time = new FakeTimeProvider();
        var hanging = new TaskCompletionSource<RedisResult>();
        await using var store = Store(isConnected ? Task.FromResult(Connection(hanging.Task)) : new TaskCompletionSource<IConnectionMultiplexer>().Task, time: time);

        var reading = store.ReadAsync(new string('a', 64), CancellationToken.None).AsTask();
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.That(async () => await reading.WaitAsync(TimeSpan.FromSeconds(30)), Throws.InnerException.TypeOf<TimeoutException>());
        Assert.That(reading.Exception?.InnerException is IOException, Is.EqualTo(!isConnected), "all accounts use one connection");
    }

    [Test]
    public async Task A_connection_that_is_being_opened_at_the_end_of_the_container_is_closed_later()
    {
        // It accepts connections and does not answer.
        using var hanging = new TcpListener(IPAddress.Loopback, 0);
        hanging.Start();
        var connection = new Redis.RedisConnection($"{hanging.LocalEndpoint},connectTimeout=2000");
        var connecting = connection.BeginAsync();

        await connection.DisposeAsync();
        var wasOpen = connecting.IsCompleted;
        var redis = await connecting;

        Assert.That(wasOpen, Is.False);
        Assert.That(() => FailureOf(redis), Is.TypeOf<ObjectDisposedException>().After(10_000, 50));

        static Exception? FailureOf(IConnectionMultiplexer redis)
        {
            try
            {
                redis.GetDatabase().Ping();
                return null;
            }
            catch (Exception exception) when (exception is ObjectDisposedException or RedisException or TimeoutException)
            {
                return exception;
            }
        }
    }

    [Test]
    public async Task Keys_that_cannot_be_read_are_not_a_lost_connection()
    {
        var keys = Fake.Of<IDataProtector>((method, _) => method is "CreateProtector" ? Fake.Of<IDataProtector>((_, _) => throw new IOException("the keys cannot be read")) : null);
        await using var store = Store(Task.FromResult(Connection(Task.FromResult(OwnTurn))), new Redis.EntryProtection(keys));

        Assert.That(
            async () => await store.CommitAsync(new string('a', 64), new TokenStoreCommit { Owner = "own", Number = 1, ExpectedVersion = 0, Version = 1, Content = new byte[1] }, CancellationToken.None),
            Throws.TypeOf<Redis.RedisTokenStoreException>().With.Message.EqualTo("commit: the keys cannot be read"));
    }

    [Test]
    public async Task A_turn_that_is_kept_for_a_back_off_does_not_delay_the_end_of_the_container()
    {
        var turns = new Redis.OpenTurns();
        await using var store = Store(Task.FromResult(Connection(Task.FromResult(OwnTurn))), turns: turns);
        await store.BeginAsync(new string('a', 64), new TokenStoreBegin { Owner = "own", Number = 1, Silence = TimeSpan.FromSeconds(10) }, CancellationToken.None);
        var isOpen = !turns.OverAsync().IsCompleted;

        await store.CommitAsync(new string('a', 64), new TokenStoreCommit { Owner = "own", Number = 1, ExpectedVersion = 0, KeepsTurn = true, Note = new byte[1] }, CancellationToken.None);

        Assert.That((isOpen, turns.OverAsync().IsCompleted), Is.EqualTo((true, true)));
    }

    [Test]
    public async Task The_end_of_the_container_waits_for_the_turn_of_each_client_of_an_account()
    {
        var turns = new Redis.OpenTurns();
        await using var store = Store(Task.FromResult(Connection(Task.FromResult(OwnTurn))), turns: turns);
        foreach (var owner in new[] { "one", "other" })
            await store.BeginAsync(new string('a', 64), new TokenStoreBegin { Owner = owner, Number = 1, Silence = TimeSpan.FromSeconds(10) }, CancellationToken.None);

        var areOver = new List<bool>();
        foreach (var owner in new[] { "one", "other" })
        {
            await store.CommitAsync(new string('a', 64), new TokenStoreCommit { Owner = owner, Number = 1, ExpectedVersion = 0 }, CancellationToken.None);
            areOver.Add(turns.OverAsync().IsCompleted);
        }

        Assert.That(areOver, Is.EqualTo([false, true]));
    }

    private static RedisResult OwnTurn => RedisResult.Create((RedisValue[])[1, 0, 0, "", "", 0, "", 0, 0]);

    private static IConnectionMultiplexer Connection(Task<RedisResult> answer) => Fake.Of<IConnectionMultiplexer>((method, _) =>
        method is "GetDatabase" ? Fake.Of<IDatabase>((_, _) => answer) : Fake.Of<ISubscriber>((_, _) => Task.FromResult(0L)));

    private static Redis.RedisTokenStore Store(Task<IConnectionMultiplexer> connection, Redis.EntryProtection? protection = null, Redis.OpenTurns? turns = null, TimeProvider? time = null) => new(
        () => connection,
        protection ?? new Redis.EntryProtection(provider: null),
        new Redis.ApiaxRedisTokenStoreOptions(),
        turns ?? new Redis.OpenTurns(),
        time ?? TimeProvider.System,
        NullLogger<Redis.RedisTokenStore>.Instance);

    private static async Task<string?> FailureAsync(StoreApp app)
    {
        try
        {
            await app.Store.ReadAsync(new string('a', 64), CancellationToken.None);
            return null;
        }
        catch (Exception failure) when (failure is IOException or Redis.RedisTokenStoreException)
        {
            return failure.Message;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task WaitWithoutChannelsAsync(string configuration)
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        await using var app = new StoreApp(apiax, configuration);
        for (var wait = 0; wait < 2; wait++)
            await app.Store.WaitAsync(new string('a', 64), 0, TimeSpan.FromSeconds(1), CancellationToken.None);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task FailLateAsync()
    {
        var answer = new TaskCompletionSource<RedisResult>();
        using var cancelled = new CancellationTokenSource();
        await using var store = Store(Task.FromResult(Connection(answer.Task)));
        var reading = store.ReadAsync(new string('a', 64), cancelled.Token).AsTask();
        await cancelled.CancelAsync();
        Assert.That(async () => await reading, Throws.InstanceOf<OperationCanceledException>());
        answer.SetException(new InvalidDataException("too late"));
    }

    /// <summary>A TLS server with an untrusted certificate.</summary>
    private sealed class UntrustedServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly X509Certificate2 _certificate;

        public UntrustedServer()
        {
            using var key = RSA.Create(2048);
            using var signed = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
            _certificate = X509CertificateLoader.LoadPkcs12(signed.Export(X509ContentType.Pfx), password: null);
            _listener.Start();
            _ = AcceptAsync();
        }

        public string EndPoint => $"localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}";

        public void Dispose()
        {
            _listener.Dispose();
            _certificate.Dispose();
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                    _ = ServeAsync(await _listener.AcceptTcpClientAsync());
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }

        private async Task ServeAsync(TcpClient client)
        {
            using var accepted = client;
            await using var secured = new SslStream(client.GetStream());
            try
            {
                await secured.AuthenticateAsServerAsync(_certificate);
                await secured.ReadExactlyAsync(new byte[1]);
            }
            catch (Exception exception) when (exception is IOException or System.Security.Authentication.AuthenticationException)
            {
                // The client does not trust the certificate.
            }
        }
    }
}
