using System.Diagnostics;
using Apiax.Http.Handlers.Testing;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>
/// The blocking <c>HttpClient.Send</c>, on all threads of the pool at once. Without the library all such calls succeed, however long the pool takes; so they do with it,
/// although a token request has a time limit.
/// </summary>
[TestFixture]
internal sealed class BlockingTests
{
    // The pool needs seven seconds until each has a thread.
    private const int Calls = 40;
    private const int SecondsForToken = 2;

    [Test]
    public async Task All_succeed_cold_with_one_token_request()
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        apiax.StubApi("/rules");

        Assert.That((await RunAsync(apiax), apiax.TokenRequests.Count), Is.EqualTo(("40 times 200", 1)));
    }

    [Test]
    public async Task All_succeed_when_their_token_is_rejected()
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        apiax.StubApi("/rules");
        apiax.FailApiCalls(401);

        Assert.That((await RunAsync(apiax), apiax.TokenRequests.Count), Is.EqualTo(("40 times 200", 2)));
    }

    private static async Task<string> RunAsync(ApiaxSandbox apiax)
    {
        var program = typeof(BlockingTests).Assembly.Location.Replace("IntegrationTests", "BlockingWorker", StringComparison.Ordinal);
        var start = new ProcessStartInfo(
            "dotnet", [program, $"{Calls}", new Uri(apiax.BaseAddress, "rules").AbsoluteUri, apiax.TokenEndpoint.AbsoluteUri, apiax.Username, apiax.Password, $"{SecondsForToken}"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        using var worker = Process.Start(start)!;
        try
        {
            return (await worker.StandardOutput.ReadToEndAsync(limit.Token)).Trim();
        }
        finally
        {
            worker.Kill();
        }
    }
}
