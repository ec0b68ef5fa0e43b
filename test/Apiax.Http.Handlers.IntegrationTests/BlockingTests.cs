using System.Diagnostics;
using Apiax.Http.Handlers.Testing;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>
/// The blocking <c>HttpClient.Send</c>, on all threads of the pool at once. Without the library all such calls succeed, however long the pool takes to add threads; with it they must succeed, too,
/// although a token request has a time limit.
/// </summary>
[TestFixture]
[Parallelizable(ParallelScope.Children)]
internal sealed class BlockingTests
{
    // The pool needs seven seconds until each call has a thread.
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

    /// <summary>A paused container, a sleeping laptop: time limits that ended meanwhile end the call at once.</summary>
    [Test]
    public async Task A_process_that_was_frozen_waits_no_longer_than_its_limit()
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        using var hold = apiax.HoldTokenRequests();
        using var worker = Start(apiax, calls: 1);
        await apiax.TokenRequestsArrivedAsync(1);

        await SignalAsync(worker, "STOP");
        await Task.Delay(TimeSpan.FromSeconds(15), TimeProvider.System);
        Assert.That(worker.HasExited, Is.False);
        await SignalAsync(worker, "CONT");
        var thawed = TimeProvider.System.GetTimestamp();
        var answers = await EndAsync(worker);

        Assert.That((answers, apiax.TokenRequests.Count), Is.EqualTo(("1 times 0", 1)));
        Assert.That(TimeProvider.System.GetElapsedTime(thawed), Is.LessThan(TimeSpan.FromSeconds(12)), "and not for as long as it was frozen");
    }

    private static async Task<string> RunAsync(ApiaxSandbox apiax)
    {
        using var worker = Start(apiax, Calls);
        return await EndAsync(worker);
    }

    private static async Task SignalAsync(Process worker, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{worker.Id}"]);
        await kill.WaitForExitAsync();
        Assert.That(kill.ExitCode, Is.Zero, signal);
    }

    private static Process Start(ApiaxSandbox apiax, int calls)
    {
        var program = typeof(BlockingTests).Assembly.Location.Replace("IntegrationTests", "BlockingWorker", StringComparison.Ordinal);
        var start = new ProcessStartInfo(
            "dotnet", [program, $"{calls}", new Uri(apiax.BaseAddress, "rules").AbsoluteUri, apiax.TokenEndpoint.AbsoluteUri, apiax.Username, apiax.Password, $"{SecondsForToken}"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        return Process.Start(start)!;
    }

    private static async Task<string> EndAsync(Process worker)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
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
