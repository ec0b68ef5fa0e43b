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

    /// <summary>The call alone, after the first token, as with <c>AddApiaxAuthWarmup()</c>.</summary>
    public const string AfterFirstToken = Contenders.Ours + ", the call after the first token";

    public static async Task RunAsync(string contender, Uri tokenEndpoint, Uri rules)
    {
        var start = Stopwatch.GetTimestamp();
        using var http = contender switch
        {
            HandWritten => new HttpClient(new HandWrittenHandler(tokenEndpoint, new SocketsHttpHandler()) { InnerHandler = new SocketsHttpHandler() }),
            Factory => Client(Services(client => client.AddHttpMessageHandler(() => new HandWrittenHandler(tokenEndpoint, new SocketsHttpHandler())))),
            AfterFirstToken => Client(await SignedInAsync(Ours(tokenEndpoint, rules))),
            _ => Client(Ours(tokenEndpoint, rules)),
        };
        if (contender is AfterFirstToken)
            start = Stopwatch.GetTimestamp();

        using var response = await http.GetAsync(rules);
        var took = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        if (response.StatusCode is not HttpStatusCode.OK)
            throw new InvalidOperationException($"{rules} answered {response.StatusCode}.");

        var compiling = JitInfo.GetCompilationTime().TotalMilliseconds;
        await Console.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{took} {compiling} {JitInfo.GetCompiledMethodCount()} {AppDomain.CurrentDomain.GetAssemblies().Length}"));
    }

    private static ServiceProvider Ours(Uri tokenEndpoint, Uri rules) => Services(client => client.AddApiaxAuth(options =>
    {
        options.TokenEndpoint = tokenEndpoint;
        options.Username = "anna";
        options.Password = "secret";
        options.ApiHosts.Add(rules.Authority);
    }));

    private static ServiceProvider Services(Action<IHttpClientBuilder> configure)
    {
        var services = new ServiceCollection();
        configure(services.AddHttpClient("rules"));
        return services.BuildServiceProvider();
    }

    private static async Task<ServiceProvider> SignedInAsync(ServiceProvider services)
    {
        await services.GetRequiredService<ApiaxAccounts>().SignInAsync();
        return services;
    }

    private static HttpClient Client(ServiceProvider services) => services.GetRequiredService<IHttpClientFactory>().CreateClient("rules");
}
