using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests.Secrets;

/// <summary>An application on real sockets, with marked secrets, and all its output.</summary>
internal sealed class SecretScene : IAsyncDisposable
{
    private static readonly ActivitySource Source = new("application");

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Telemetry _telemetry = new();
    private readonly List<string> _texts = [];
    private readonly ServiceProvider _services;

    private SecretScene(TalkativeServer server)
    {
        Server = server;

        // So short that there are no retries, which would wait for the stopped clock.
        Configuration = App.Configuration(
            ("Apiax:TokenEndpoint", new Uri(server.Address, $"token?tenant={Uri.EscapeDataString(Marks.Username)}").AbsoluteUri),
            ("Apiax:RevocationEndpoint", new Uri(server.Address, "revoke").AbsoluteUri),
            ("Apiax:Username", Marks.Username),
            ("Apiax:Password", Marks.Password),
            ("Apiax:ApiHosts:0", server.Address.Authority),
            ("Apiax:AttemptTimeout", "00:00:00.1"),
            ("Apiax:TokenTimeout", "00:00:00.1"));
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(_time);
        services.AddSingleton<IConfiguration>(Configuration);
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Logs));
        services.AddApiaxAuth();
        _services = services.BuildServiceProvider();
    }

    public TalkativeServer Server { get; }

    public IConfigurationRoot Configuration { get; }

    public LogBook Logs { get; } = new();

    public DebuggerView Debugger { get; } = new();

    /// <summary>Why calls failed without a token.</summary>
    public HashSet<ApiaxAuthFailure> Reasons { get; } = [];

    public IApiaxAccessTokenProvider Tokens => _services.GetRequiredService<IApiaxAccessTokenProvider>();

    public ApiaxAccounts Accounts => _services.GetRequiredService<ApiaxAccounts>();

    public IEnumerable<string> Telemetry => _telemetry.Texts;

    /// <summary>The whole output.</summary>
    public IEnumerable<string> Everything => [.. Reported, .. Debugger.Texts];

    /// <summary>Logs, metrics, spans and exceptions.</summary>
    public IEnumerable<string> Reported => [.. _texts, .. _telemetry.Texts, .. Logs.Entries.SelectMany(entry => new[] { entry.Message, entry.Details })];

    public static async Task<SecretScene> StartAsync() => new(await TalkativeServer.StartAsync());

    public HttpClient Client() => _services.GetRequiredService<IHttpClientFactory>().CreateClient("rules");

    /// <summary>Calls the API and records the result.</summary>
    public Task CallAsync(string path = "rules", HttpContent? content = null, CancellationToken cancellationToken = default) => KeepAsync(async () =>
    {
        using var span = Source.StartActivity("call");
        using var client = Client();
        using var request = new HttpRequestMessage(content is null ? HttpMethod.Get : HttpMethod.Post, new Uri(Server.Address, path)) { Content = content };
        try
        {
            using var response = await client.SendAsync(request, cancellationToken).Soon();
            Keep(response);
            Keep(response.RequestMessage);
        }
        finally
        {
            Keep(request);
        }
    });

    public Task CallSynchronouslyAsync() => KeepAsync(() => Task.Run(() =>
    {
        using var client = Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Server.Address, "rules"));
        using var response = client.Send(request);
        Keep(response);
        Keep(request);
    }));

    /// <summary>Advances the clock until every token has expired and every pause is over.</summary>
    public void PassHours() => _time.Advance(TimeSpan.FromHours(2));

    public async Task CallWithFaultAsync(Func<Microsoft.AspNetCore.Http.HttpContext, string, string, Task> fault, bool forRefreshes = false)
    {
        PassHours();
        (Server.Fault, Server.FaultIsForRefreshes) = (fault, forRefreshes);
        await CallAsync();
        await CallSynchronouslyAsync();
        Server.Fault = null;
        PassHours();
        await CallAsync();
    }

    public async Task KeepAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
#pragma warning disable CA1031 // Any exception is recorded and searched.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Keep(exception);
        }
    }

    /// <summary>Records everything that code could print of a value.</summary>
    public void Keep(object? value)
    {
        _texts.Add(value?.ToString() ?? "");
        for (var exception = value as Exception; exception is not null; exception = exception.InnerException)
        {
            _texts.Add($"{exception.Message} {string.Join(", ", exception.Data.Values.Cast<object?>())}");
            if (exception is ApiaxAuthException failure)
            {
                Reasons.Add(failure.Reason);
                _texts.Add($"{failure.Error} {failure.ErrorDescription}");
                Debugger.Unfold(failure, "exception");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Server.DisposeAsync();
        _telemetry.Dispose();
        Logs.Dispose();
    }
}
