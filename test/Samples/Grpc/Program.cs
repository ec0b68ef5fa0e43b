using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Samples.Rules;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddGrpcClient<Rules.RulesClient>(grpc => grpc.Address = new Uri(builder.Configuration["Api"] ?? "https://api.apiax.io/"))
    .AddApiaxAuth(builder.Configuration.GetSection("Apiax"));
using var host = builder.Build();
var reply = await host.Services.GetRequiredService<Rules.RulesClient>().GetAsync(new RulesRequest());
Console.WriteLine(reply.Text);
