using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers.Demo;

/// <summary>The work of each process: it calls the API until its input ends, and prints a line for each event of its token.</summary>
internal static class ReplicaWorker
{
    private static readonly TimeSpan BetweenCalls = TimeSpan.FromMilliseconds(100);

    /// <param name="configuration">Account, API, Redis and key folder; in the environment, since it has the password.</param>
    public static async Task RunAsync(IConfiguration configuration)
    {
        var api = new Uri(configuration["Api"]!);
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(new Lines()).SetMinimumLevel(LogLevel.Debug));
        services.AddDataProtection().PersistKeysToFileSystem(new DirectoryInfo(configuration["Keys"]!)).SetApplicationName("demo");
        services.AddHttpClient().AddApiaxAuth(options =>
        {
            configuration.GetSection(ApiaxAuthOptions.SectionName).Bind(options);
            options.ApiHosts.Add(api.Authority);
        });
        services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => new TokenRequestPrinter { InnerHandler = new SocketsHttpHandler() });
        services.AddApiaxRedisTokenStore(configuration["Redis"]!);
        await using var provider = services.BuildServiceProvider();

        var (calls, failed) = (0, 0);

        // The console's own asynchronous read blocks its caller.
        var end = Task.Run(Console.In.ReadLine);
        using var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient();
        while (!end.IsCompleted)
        {
            try
            {
                using var response = await client.GetAsync(new Uri(api, "rules"));
                failed += response.IsSuccessStatusCode ? 0 : 1;
            }
            catch (HttpRequestException)
            {
                failed++;
            }

            calls++;
            await Task.WhenAny(end, Task.Delay(BetweenCalls, TimeProvider.System));
        }

        Console.WriteLine($"{ReplicaProcess.Counts}{calls} {failed}");
    }

    private sealed class TokenRequestPrinter : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Console.WriteLine(ReplicaProcess.RequestsToken);
            return base.SendAsync(request, cancellationToken);
        }
    }

    /// <summary>Prints the library's log events as lines of the demo.</summary>
    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = eventId.Name switch
            {
                "SignedIn" => "has signed in with the password",
                "Refreshed" => "has refreshed the token",
                "Adopted" => "uses the token of the others",
                "TakenOver" or "RefreshRefused" or "TokenStoreFails" or "TokenStoreBack" or "UnreadableValue" or "NoToken" => formatter(state, exception),
                _ => null,
            };
            if (line is not null)
                Console.WriteLine(line);
        }
    }
}
