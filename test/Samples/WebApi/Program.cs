using Apiax.Http.Handlers;
using Microsoft.Extensions.Http.Resilience;
using Polly;

// A web API that answers with Apiax's rules: a typed client that retries transient failures, but not rejected credentials.
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddHttpClient().AddApiaxAuth();
builder.Services.AddHttpClient<RulesClient>(http => http.BaseAddress = new Uri(builder.Configuration["Api"] ?? "https://api.apiax.io/"))
    .AddStandardResilienceHandler(options =>
    {
        options.Retry.ShouldHandle = attempt => ValueTask.FromResult(IsWorthARetry(attempt.Outcome));
        options.CircuitBreaker.ShouldHandle = attempt => ValueTask.FromResult(IsWorthARetry(attempt.Outcome));
    });
builder.Services.AddHealthChecks().AddApiaxAuth();

var app = builder.Build();
app.MapGet("/rules", (RulesClient rules, CancellationToken cancellationToken) => rules.GetAsync(cancellationToken));
app.MapHealthChecks("/health");
await app.RunAsync();

static bool IsWorthARetry(Outcome<HttpResponseMessage> outcome) =>
    outcome.Exception is not ApiaxAuthException { Reason: ApiaxAuthFailure.CredentialsRejected or ApiaxAuthFailure.Misconfigured } &&
    HttpClientResiliencePredicates.IsTransient(outcome);

public sealed class RulesClient(HttpClient http)
{
    public Task<string> GetAsync(CancellationToken cancellationToken) => http.GetStringAsync("rules", cancellationToken);
}
