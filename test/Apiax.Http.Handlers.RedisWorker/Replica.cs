using System.Collections.Concurrent;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers.RedisWorker;

/// <summary>One replica of a service that calls the API all the time.</summary>
internal sealed class Replica : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly Order _order;
    private readonly CancellationTokenSource _over = new();
    private readonly EventCounts _events = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private int _calls;
    private int _failed;
    private double _slowest;
    private Task _calling = Task.CompletedTask;

    private Replica(Order order, Action<string> tell)
    {
        _order = order;
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddProvider(_events).SetMinimumLevel(LogLevel.Debug);
        if (order.ClockOffsetInSeconds != 0)
            builder.Services.AddSingleton<TimeProvider>(new OffsetClock(TimeSpan.FromSeconds(order.ClockOffsetInSeconds)));

        builder.Services.AddDataProtection().PersistKeysToFileSystem(new DirectoryInfo(order.KeyFolder)).SetApplicationName("replicas");

        // When a host starts, data protection creates a key if there is none: each of the eight processes would create one. Here only the store needs keys.
        builder.Services.RemoveAll<IHostedService>();
        builder.Services.AddHttpClient().AddApiaxAuth(options =>
        {
            (options.TokenEndpoint, options.Username, options.Password) = (order.TokenEndpoint, order.Username, order.Password);
            options.TokenTimeout = order.TokenTimeout;
            options.AttemptTimeout = TimeSpan.FromTicks(Math.Min(options.AttemptTimeout.Ticks, order.TokenTimeout.Ticks));
            options.ApiHosts.Add(order.Api.Authority);
        });
        builder.Services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(
            () => new Telling(() => tell("token-request")) { InnerHandler = new SocketsHttpHandler() });
        if (order.Redis is not null)
            builder.Services.AddApiaxRedisTokenStore(order.Redis);

        _host = builder.Build();
    }

    public static async Task<Replica> StartAsync(Order order, Action<string> tell)
    {
        var replica = new Replica(order, tell);
        await replica._host.StartAsync();
        return replica;
    }

    /// <summary>Starts the calls.</summary>
    public void Call() => _calling = Task.WhenAll(Enumerable.Range(0, _order.Callers).Select(_ => Task.Run(CallOnAsync)));

    public async Task<Report> StopAsync()
    {
        await _over.CancelAsync();
        await _calling;
        await _host.StopAsync();
        await DisposeAsync();
        return new Report(_calls, _failed, _slowest, [.. _failures], _events.Counts, _events.Warnings);
    }

    public async ValueTask DisposeAsync()
    {
        await ((IAsyncDisposable)_host).DisposeAsync();
        _over.Dispose();
    }

    private async Task CallOnAsync()
    {
        using var http = _host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("api");
        while (!_over.IsCancellationRequested)
        {
            var start = TimeProvider.System.GetTimestamp();
            try
            {
                using var answer = await http.GetAsync(new Uri(_order.Api, "rules"));
                Count(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode}", TimeProvider.System.GetElapsedTime(start));
            }
            catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
            {
                Count(succeeded: false, failure.Message, TimeProvider.System.GetElapsedTime(start));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(_order.MillisecondsBetweenCalls), TimeProvider.System);
        }
    }

    private void Count(bool succeeded, string outcome, TimeSpan took)
    {
        Interlocked.Increment(ref _calls);
        _slowest = Math.Max(_slowest, took.TotalMilliseconds);
        if (!succeeded && Interlocked.Increment(ref _failed) <= 5)
            _failures.Enqueue(outcome);
    }

    private sealed class Telling(Action tell) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            tell();
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class OffsetClock(TimeSpan offset) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + offset;
    }
}
