using System.Reflection;
using Apiax.Http.Handlers.Testing;
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

    internal static string[] Account(ApiaxSandbox apiax) =>
    [
        $"--Apiax:TokenEndpoint={apiax.TokenEndpoint}",
        $"--Apiax:ApiHosts:0={apiax.BaseAddress.Authority}",
        $"--Apiax:Username={apiax.Username}",
        $"--Apiax:Password={apiax.Password}",
    ];

    internal static Task RunAsync(string sample, string[] arguments) =>
        Task.Run(() => Assembly.Load(sample).EntryPoint!.Invoke(obj: null, [arguments])).WaitAsync(TimeSpan.FromSeconds(60));
}
