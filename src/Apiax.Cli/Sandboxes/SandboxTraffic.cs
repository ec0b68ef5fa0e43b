using System.Globalization;
using Apiax.Http.Handlers.Testing;

namespace Apiax.Cli;

/// <summary>A line for each token request that reached the sandbox, and one for concurrent API calls.</summary>
internal sealed class SandboxTraffic(ApiaxSandbox apiax, TimeProvider time)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private int _tokenRequests;
    private int _calls;
    private int _unauthorized;

    public async Task WatchAsync(Func<string, Task> show, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(PollInterval, time, cancellationToken);
            foreach (var line in NewLines())
                await show(line);
        }
    }

    private IEnumerable<string> NewLines()
    {
        // A request without an answer is shown later, and so are the requests after it: the order is kept.
        foreach (var request in apiax.TokenRequests.Skip(_tokenRequests).TakeWhile(request => request.Outcome is not SandboxTokenOutcome.Pending))
        {
            _tokenRequests++;
            yield return $"{Clock(request.ReceivedOn)}  token  {request.GrantType ?? "no grant",-13}  {Describe(request)}";
        }

        var (calls, unauthorized) = (apiax.ApiCalls, apiax.UnauthorizedCalls);
        var (accepted, rejected) = (calls - _calls, unauthorized - _unauthorized);
        (_calls, _unauthorized) = (calls, unauthorized);
        if (accepted > 0)
            yield return $"{Clock(time.GetUtcNow())}  API    {Count(accepted)} with a valid token";
        if (rejected > 0)
            yield return $"{Clock(time.GetUtcNow())}  API    {Count(rejected)} answered 401";
    }

    private static string Describe(SandboxTokenRequest request) => request.Outcome switch
    {
        SandboxTokenOutcome.Granted => $"a token{(request.Username is { } name ? $" for {name}" : "")}",
        SandboxTokenOutcome.Refused => $"refused: {request.Error}",
        SandboxTokenOutcome.Faulted => "a requested fault",
        _ => "the client closed the connection",
    };

    private static string Count(int calls) => calls == 1 ? "1 call" : string.Create(CultureInfo.InvariantCulture, $"{calls} calls");

    private string Clock(DateTimeOffset instant) => TimeZoneInfo.ConvertTime(instant, time.LocalTimeZone).ToString("HH:mm:ss", CultureInfo.InvariantCulture);
}
