using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>A host's two ports; 0 takes any free one.</summary>
internal sealed record Ports(int Http, int Https)
{
    public static Ports Any { get; } = new(0, 0);

    public static Ports Of(WebApplication app) => new(app.Urls.Select(url => new Uri(url)).ToArray());

    private Ports(Uri[] urls) : this(urls.Single(url => url.Scheme == Uri.UriSchemeHttp).Port, urls.Single(url => url.Scheme == Uri.UriSchemeHttps).Port)
    {
    }
}

/// <summary>Kestrel on loopback, http and https, independent of the machine: no settings, no environment, no logs.</summary>
internal static class LoopbackHost
{
    public static WebApplicationBuilder CreateBuilder(Ports ports, ServerKeys keys, TimeProvider time)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, ports.Http);
            kestrel.Listen(IPAddress.Loopback, ports.Https, listen => listen.UseHttps(keys.Certificate));
        });
        builder.Services.AddRouting();
        builder.Services.AddSingleton(time);
        builder.Services.AddTransient<IStartupFilter, ClockAndFaults>();

        // A request that a test holds at a gate must not delay the end of that test.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        return builder;
    }

    private sealed class ClockAndFaults(TimeProvider time) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, rest) =>
            {
                // Kestrel would send the machine's time, which no other part of this server uses.
                context.Response.Headers.Date = time.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
                try
                {
                    await rest(context);
                }
                catch (Exception fault) when (!context.RequestAborted.IsCancellationRequested)
                {
                    // A fault of the server would look like one of the library: a bare 500.
                    await TestContext.Progress.WriteLineAsync($"{context.Request.Path}: {fault}");
                    throw;
                }
            });
            next(app);
        };
    }
}
