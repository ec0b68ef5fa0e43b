using System.Reflection;
using Apiax.Http.Handlers.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Samples.NUnit;

/// <summary>Each sample, run unchanged, with the settings of a sandbox on its command line.</summary>
public sealed class SampleTests
{
    [TestCase("Worker", "--Once=true")]
    [TestCase("RefitSample")]
    [TestCase("ReplicasSample", "--Redis=127.0.0.1:1")]
    public async Task A_sample_gets_its_answer(string sample, params string[] settings)
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        apiax.StubApi("/rules", """["a rule"]""");
        var keys = Directory.CreateTempSubdirectory("samples-");
        await RunAsync(sample, [.. settings, $"--Keys={keys.FullName}", $"--Api={apiax.BaseAddress}", .. Account(apiax)]);
        keys.Delete(recursive: true);

        Assert.That((apiax.Logins, apiax.UnauthorizedCalls), Is.EqualTo((1, 0)));
        Assert.That(apiax.ApiCalls, Is.GreaterThan(0));
    }

    [Test]
    public async Task The_worker_goes_on_after_a_timeout()
    {
        var sample = Assembly.Load("Worker");
        using var http = new HttpClient(new HangingApi()) { BaseAddress = new Uri("http://127.0.0.1/"), Timeout = TimeSpan.FromMilliseconds(1) };
        var host = new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
        var client = sample.GetType("RulesClient")!;
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection([new("Once", "true")]).Build())
            .AddSingleton<IHostApplicationLifetime>(host)
            .AddSingleton(client, Activator.CreateInstance(client, http)!)
            .BuildServiceProvider();
        using var worker = (BackgroundService)ActivatorUtilities.CreateInstance(services, sample.GetType("RulesWorker")!);
        await worker.StartAsync(CancellationToken.None);
        await Task.WhenAny(Task.Delay(Timeout.Infinite, host.ApplicationStopping), worker.ExecuteTask!);

        Assert.That(host.ApplicationStopping.IsCancellationRequested, "The worker ends the host itself, after its call.");
        await worker.StopAsync(CancellationToken.None);
    }

    internal static string[] Account(ApiaxSandbox apiax) =>
    [
        $"--Apiax:TokenEndpoint={apiax.TokenEndpoint}",
        $"--Apiax:ApiHosts:0={apiax.BaseAddress.Authority}",
        $"--Apiax:Username={apiax.Username}",
        $"--Apiax:Password={apiax.Password}",
    ];

    internal static Task RunAsync(string sample, string[] arguments) =>
        Task.Run(() => Assembly.Load(sample).EntryPoint!.Invoke(obj: null, [arguments])).WaitAsync(TimeSpan.FromSeconds(60));

    private sealed class HangingApi : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return new HttpResponseMessage();
        }
    }
}
