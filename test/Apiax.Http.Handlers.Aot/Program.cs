// The library as native code: settings from a configuration, a token by password, a refresh after a 401, health and sign-out, without reflection;
// and a replica whose Redis is unavailable.
// Prints "ok" and returns 0, or prints what went wrong and returns 1.

using System.Globalization;
using Apiax.Http.Handlers;
using Apiax.Http.Handlers.Aot;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

using var apiax = new LoopbackApiax();

// Every setting, with another value than its default (except the one without which there would be no refresh), so that a setting that the binder omits is detected.
var settings = new ApiaxAuthOptions
{
    TokenEndpoint = apiax.TokenEndpoint,
    RevocationEndpoint = new Uri(apiax.TokenEndpoint, "end"),
    ClientId = "native-client",
    Username = "anna",
    Password = "pass+wörd & =%",
    Scope = "rules",
    RefreshAhead = TimeSpan.FromMinutes(1),
    RefreshTokenLifetime = TimeSpan.FromDays(3),
    DefaultTokenLifetime = TimeSpan.FromMinutes(7),
    AttemptTimeout = TimeSpan.FromSeconds(5),
    TokenTimeout = TimeSpan.FromSeconds(20),
    SendClientAssertionType = false,
    RetryOnUnauthorized = true,
    ApiHosts = { apiax.Rules.Authority },
};

var services = new ServiceCollection();
services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(Section(settings)).Build());
services.AddHttpClient().AddApiaxAuth();
services.AddApiaxAuthWarmup().AddApiaxAuthSignOut().AddHealthChecks().AddApiaxAuth();
await using var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });

// As a host does when it starts.
provider.GetRequiredService<IStartupValidator>().Validate();
Expect("every setting is bound", Section(provider.GetRequiredService<IOptions<ApiaxAuthOptions>>().Value).SequenceEqual(Section(settings)));

using var http = provider.GetRequiredService<IHttpClientFactory>().CreateClient();
Expect("the API takes the second token", await http.GetStringAsync(apiax.Rules) == LoopbackApiax.Answer);
Expect("the API saw both tokens", string.Join(", ", apiax.ApiCalls) is "Bearer access-1, Bearer access-2");
Expect("a login, then a refresh, with the settings", string.Join('\n', apiax.TokenForms) is """
    client_id=native-client&grant_type=password&username=anna&password=pass%2Bw%C3%B6rd+%26+%3D%25&scope=rules
    client_id=native-client&grant_type=refresh_token&refresh_token=refresh-1
    """);

var health = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync();
Expect("the account is healthy, and says until when", health.Status is HealthStatus.Healthy && health.Entries["apiax"].Data.ContainsKey("(shared).expires_on"));
foreach (var stage in provider.GetServices<IHostedService>().OfType<IHostedLifecycleService>())
{
    await stage.StartingAsync(CancellationToken.None);
    await stage.StoppedAsync(CancellationToken.None);
}

Expect("the session is ended when the host stops", apiax.Revocations.Single() is "client_id=native-client&token=refresh-2&token_type_hint=refresh_token");

// Nothing listens on port 1: the replica gets its own token after a short delay.
using var alone = new LoopbackApiax();
var replica = new ServiceCollection();
replica.AddDataProtection().UseEphemeralDataProtectionProvider();
replica.AddHttpClient().AddApiaxAuth(options => (options.TokenEndpoint, options.Username, options.Password) = (alone.TokenEndpoint, "anna", "pass"));
replica.AddApiaxRedisTokenStore("127.0.0.1:1");
await using var replicas = replica.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
replicas.GetRequiredService<IStartupValidator>().Validate();
var token = await replicas.GetRequiredService<IApiaxAccessTokenProvider>().GetTokenAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
Expect("a replica whose Redis is away signs in by itself", token.Value is "access-1" && alone.TokenForms.Count == 1);

Console.WriteLine("ok");

static Dictionary<string, string?> Section(ApiaxAuthOptions options) => new(StringComparer.Ordinal)
{
    ["Apiax:TokenEndpoint"] = options.TokenEndpoint.ToString(),
    ["Apiax:RevocationEndpoint"] = options.RevocationEndpoint?.ToString(),
    ["Apiax:ClientId"] = options.ClientId,
    ["Apiax:Username"] = options.Username,
    ["Apiax:Password"] = options.Password,
    ["Apiax:Scope"] = options.Scope,
    ["Apiax:RefreshAhead"] = options.RefreshAhead.ToString("c", CultureInfo.InvariantCulture),
    ["Apiax:RefreshTokenLifetime"] = options.RefreshTokenLifetime.ToString("c", CultureInfo.InvariantCulture),
    ["Apiax:DefaultTokenLifetime"] = options.DefaultTokenLifetime.ToString("c", CultureInfo.InvariantCulture),
    ["Apiax:AttemptTimeout"] = options.AttemptTimeout.ToString("c", CultureInfo.InvariantCulture),
    ["Apiax:TokenTimeout"] = options.TokenTimeout.ToString("c", CultureInfo.InvariantCulture),
    ["Apiax:SendClientAssertionType"] = options.SendClientAssertionType.ToString(),
    ["Apiax:RetryOnUnauthorized"] = options.RetryOnUnauthorized.ToString(),
    ["Apiax:ApiHosts:0"] = options.ApiHosts.Count == 1 ? options.ApiHosts[0] : $"{options.ApiHosts.Count} hosts",
};

static void Expect(string what, bool isSo)
{
    if (isSo)
        return;

    Console.Error.WriteLine($"not so: {what}");
    Environment.Exit(1);
}
