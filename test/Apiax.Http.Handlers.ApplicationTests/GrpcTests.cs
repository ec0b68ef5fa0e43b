using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers.Tests.Applications;

/// <summary>gRPC calls to a real HTTP/2 server that rejects the token with a status in the headers, as servers in Go and Java, and Envoy, do.</summary>
[TestFixture]
internal sealed class GrpcTests
{
    private static readonly byte[] Message = [0, 0, 0, 0, 3, .. "one"u8];

    [Test]
    public async Task A_call_with_a_rejected_token_is_sent_again_with_another()
    {
        var sent = new List<string>();
        await using var api = await StartAsync(sent, rejected: "Bearer access-1");
        using var endpoint = new TokenEndpointStub();
        await using var client = Client(api, endpoint);

        Assert.That(await client.GetRequiredService<GrpcRules>().CallAsync().Soon(), Is.EqualTo("one"));

        Assert.That(sent, Is.EqualTo(["Bearer access-1: all", "Bearer access-2: all"]));
        Assert.That(endpoint.Requests, Is.EqualTo(2));
    }

    [Test]
    public async Task The_caller_gets_a_second_rejection()
    {
        var sent = new List<string>();
        await using var api = await StartAsync(sent, rejected: "Bearer access-");
        using var endpoint = new TokenEndpointStub();
        await using var client = Client(api, endpoint);

        var failure = await Waiting.FailureOf<RpcException>(client.GetRequiredService<GrpcRules>().CallAsync());

        Assert.That((failure.StatusCode, sent.Count), Is.EqualTo((StatusCode.Unauthenticated, 2)));
    }

    private static ServiceProvider Client(WebApplication api, TokenEndpointStub endpoint)
    {
        var address = new Uri(api.Urls.Single());
        var services = new ServiceCollection();
        services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => endpoint);
        services.AddGrpcClient<GrpcRules>(grpc => grpc.Address = address).AddApiaxAuth(options =>
        {
            (options.Username, options.Password) = ("anna", Application.Password);
            options.ApiHosts.Add(address.Authority);
        });
        return services.BuildServiceProvider();
    }

    private static async Task<WebApplication> StartAsync(List<string> sent, string rejected)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2));
        var api = builder.Build();
        api.MapPost("/Rules/Get", async (HttpContext context) =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var authorization = context.Request.Headers.Authorization.ToString();
            sent.Add($"{authorization}: {(await reader.ReadToEndAsync())[5..]}");
            context.Response.ContentType = "application/grpc";
            if (authorization.StartsWith(rejected, StringComparison.Ordinal))
            {
                context.Response.Headers["grpc-status"] = "16";
                return;
            }

            context.Response.AppendTrailer("grpc-status", "0");
            await context.Response.Body.WriteAsync(Message);
        });
        await api.StartAsync();
        return api;
    }
}
