using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime;
using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>What a fresh process does for goal 6: one call with one token, nothing compiled yet. Prints its milliseconds, those of the JIT, the methods compiled and the assemblies loaded.</summary>
internal static class ColdStart
{
    public const string Verb = "cold-start";
    public const string HandWritten = "hand-written client, no factory";
    public const string Factory = "`AddHttpClient`, typical hand-written handler";

    public static async Task RunAsync(string contender, Uri tokenEndpoint, Uri rules)
    {
        var start = Stopwatch.GetTimestamp();
        var status = contender switch
        {
            HandWritten => await CallAsync(new HttpClient(new HandWrittenHandler(tokenEndpoint, new SocketsHttpHandler()) { InnerHandler = new SocketsHttpHandler() }), rules),
            Factory => await CallAsync(
                services => services.AddHttpClient("rules").AddHttpMessageHandler(() => new HandWrittenHandler(tokenEndpoint, new SocketsHttpHandler())), rules),
            _ => await CallAsync(
                services => services.AddHttpClient("rules").AddApiaxAuth(options =>
                {
                    options.TokenEndpoint = tokenEndpoint;
                    options.Username = "anna";
                    options.Password = "secret";
                    options.ApiHosts.Add(rules.Authority);
                }),
                rules),
        };

        var took = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        if (status is not HttpStatusCode.OK)
            throw new InvalidOperationException($"{rules} answered {status}.");

        var compiling = JitInfo.GetCompilationTime().TotalMilliseconds;
        await Console.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{took} {compiling} {JitInfo.GetCompiledMethodCount()} {AppDomain.CurrentDomain.GetAssemblies().Length}"));
    }

    private static async Task<HttpStatusCode> CallAsync(Action<IServiceCollection> configure, Uri rules)
    {
        var services = new ServiceCollection();
        configure(services);
        return await CallAsync(services.BuildServiceProvider().GetRequiredService<IHttpClientFactory>().CreateClient("rules"), rules);
    }

    private static async Task<HttpStatusCode> CallAsync(HttpClient http, Uri rules)
    {
        using var response = await http.GetAsync(rules);
        return response.StatusCode;
    }
}
