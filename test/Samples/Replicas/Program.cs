using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// One login and one token for all replicas. All of them must be able to read the folder of the keys; encrypt the keys in production.
var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddDataProtection()
    .PersistKeysToFileSystem(new DirectoryInfo(builder.Configuration["Keys"] ?? "/var/lib/rules/keys"))
    .SetApplicationName("rules");
builder.Services.AddHttpClient().AddApiaxAuth();
builder.Services.AddApiaxRedisTokenStore(builder.Configuration["Redis"] ?? "redis:6379");
using var host = builder.Build();
var http = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
Console.WriteLine(await http.GetStringAsync(new Uri(new Uri(builder.Configuration["Api"] ?? "https://api.apiax.io/"), "rules")));
