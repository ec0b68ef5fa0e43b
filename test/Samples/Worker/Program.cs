// A worker that reads the rules once a minute. It signs in before it starts, and ends its session when it stops.
var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddHttpClient().AddApiaxAuth();
builder.Services.AddHttpClient<RulesClient>(http => http.BaseAddress = new Uri(builder.Configuration["Api"] ?? "https://api.apiax.io/"));
builder.Services.AddApiaxAuthWarmup();
builder.Services.AddApiaxAuthSignOut();
builder.Services.AddHostedService<RulesWorker>();
await builder.Build().RunAsync();

internal sealed class RulesClient(HttpClient http)
{
    public Task<string> GetAsync(CancellationToken cancellationToken) => http.GetStringAsync("rules", cancellationToken);
}

internal sealed class RulesWorker(RulesClient rules, IConfiguration configuration, IHostApplicationLifetime host, ILogger<RulesWorker> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1));
        do
        {
            try
            {
                logger.LogInformation("Rules: {Rules}", await rules.GetAsync(stoppingToken));
            }
            catch (Exception exception) when (exception is HttpRequestException || (exception is OperationCanceledException && !stoppingToken.IsCancellationRequested))
            {
                // An ApiaxAuthException is an HttpRequestException, too; a timeout of the client is an OperationCanceledException. The worker tries again a minute later.
                logger.LogError(exception, "The rules cannot be read.");
            }

            if (configuration.GetValue("Once", false))
                host.StopApplication();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
