using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Refit;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddRefitGeneratedClient<IRulesApi>()
    .ConfigureHttpClient(http => http.BaseAddress = new Uri(builder.Configuration["Api"] ?? "https://api.apiax.io/"))
    .AddApiaxAuth(builder.Configuration.GetSection("Apiax"));
using var host = builder.Build();
var api = host.Services.GetRequiredService<IRulesApi>();
Console.WriteLine(await api.GetAsync());
await api.AddAsync(new Rule("no cash above 10,000"));

public sealed record Rule(string Text);

public interface IRulesApi
{
    [Get("/rules")]
    Task<string> GetAsync();

    [Post("/rules")]
    Task AddAsync([Body] Rule rule);
}
