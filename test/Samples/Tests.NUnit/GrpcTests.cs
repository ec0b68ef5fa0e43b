using Apiax.Http.Handlers.Testing;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace Samples.NUnit;

/// <summary>The gRPC sample against a server that answers by hand: one message, five bytes of frame.</summary>
public sealed class GrpcTests
{
    [Test]
    public async Task A_call_carries_the_token()
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        var sent = "";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2));
        await using var api = builder.Build();
        api.MapPost("/rules.Rules/Get", async (HttpContext context) =>
        {
            sent = context.Request.Headers.Authorization.ToString();
            context.Response.ContentType = "application/grpc";
            context.Response.AppendTrailer("grpc-status", ((int)StatusCode.OK).ToString(System.Globalization.CultureInfo.InvariantCulture));
            await context.Response.Body.WriteAsync(new byte[] { 0, 0, 0, 0, 3, 0x0A, 1, (byte)'x' });
        });
        await api.StartAsync();
        var address = new Uri(api.Urls.Single());

        await SampleTests.RunAsync("GrpcSample", [$"--Api={address}", .. SampleTests.Account(apiax), $"--Apiax:ApiHosts:1={address.Authority}"]);

        Assert.That(sent, Does.StartWith("Bearer "));
        Assert.That(apiax.Logins, Is.EqualTo(1));
    }
}
