using System.Diagnostics;
using System.Globalization;
using Apiax.Http.Handlers.Testing;
using Spectre.Console;
using StackExchange.Redis;

namespace Apiax.Http.Handlers.Demo;

/// <summary>Four processes share one Redis and one login; then the one that refreshes is killed during the refresh.</summary>
internal static class ReplicasDemo
{
    public const string HowToStartRedis = """
        Start a Redis:

          docker run -p 6379:6379 redis:7

        or a Garnet:

          dotnet tool install --global garnet-server
          garnet-server --bind 127.0.0.1 --lua --lua-transaction-mode

        Then:

          dotnet run --project src/Apiax.Http.Handlers.Demo -- replicas --redis 127.0.0.1:6379
        """;

    private static readonly Stopwatch Clock = Stopwatch.StartNew();

    public static async Task<bool> RunAsync(string redis)
    {
        if (!await AnswersAsync(redis))
        {
            await Console.Error.WriteLineAsync($"No Redis answers there.{Environment.NewLine}{HowToStartRedis}");
            return false;
        }

        await using var apiax = await ApiaxSandbox.StartAsync(new ApiaxSandboxOptions { TokenLifetime = TimeSpan.FromSeconds(8) });
        apiax.StubApi("/rules", """{"rules":[]}""");
        var keys = Directory.CreateTempSubdirectory("apiax-demo-");
        var replicas = Enumerable.Range(1, 4).Select(number => new ReplicaProcess(number, Settings(apiax, redis, keys.FullName), Print)).ToList();
        try
        {
            Print("[bold]Four processes start together; a token is valid for 8 seconds, and is refreshed after half of that[/]");
            await Task.WhenAll(replicas.Select(replica => replica.Started)).WaitAsync(TimeSpan.FromSeconds(60));
            await DelayAsync(10);

            Print("[bold]All tokens are revoked; the process that requests another one is killed before it has the answer[/]");
            replicas.ForEach(replica => replica.ForgetTokenRequests());
            apiax.DelayTokenRequests(TimeSpan.FromSeconds(1));
            apiax.RevokeAccessTokens();
            var leader = await await Task.WhenAny(replicas.Select(replica => replica.NextTokenRequestAsync())).WaitAsync(TimeSpan.FromSeconds(30));
            leader.Kill();
            apiax.ClearFaults();
            Print($"[red]{leader.Name} is killed; the others do not use its refresh token, and wait ten seconds for it[/]");
            await DelayAsync(16);

            await Task.WhenAll(replicas.Select(replica => replica.EndAsync()));
            return Summarize(apiax, replicas.Where(replica => replica != leader).ToList());
        }
        finally
        {
            replicas.ForEach(replica => replica.Dispose());
            keys.Delete(recursive: true);
        }
    }

    private static async Task<bool> AnswersAsync(string redis)
    {
        try
        {
            var options = ConfigurationOptions.Parse(redis);
            (options.ConnectTimeout, options.ConnectRetry) = (2000, 1);
            await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
            await connection.GetDatabase().PingAsync();
            return true;
        }
        catch (Exception exception) when (exception is RedisException or ArgumentException or TimeoutException)
        {
            // The message may quote a password in the configuration.
            return false;
        }
    }

    private static bool Summarize(ApiaxSandbox apiax, List<ReplicaProcess> survivors)
    {
        var (calls, failed) = (survivors.Sum(replica => replica.Calls), survivors.Sum(replica => replica.Failed));
        Print($"[bold]{apiax.Logins} logins and {apiax.TokenRequests.Count - apiax.Logins} other token requests, counted by the sandbox; {calls} calls of the three survivors, {failed} failed[/]");
        return failed == 0 && calls > 0 && apiax.Logins == 2;
    }

    private static Dictionary<string, string> Settings(ApiaxSandbox apiax, string redis, string keys) => new(StringComparer.Ordinal)
    {
        ["Apiax__TokenEndpoint"] = apiax.TokenEndpoint.ToString(),
        ["Apiax__Username"] = apiax.Username,
        ["Apiax__Password"] = apiax.Password,
        ["Api"] = apiax.BaseAddress.ToString(),
        ["Redis"] = redis,
        ["Keys"] = keys,
    };

    private static Task DelayAsync(int seconds) => Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);

    private static void Print(string line)
    {
        var time = Clock.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        var text = line.StartsWith('[') ? line : Markup.Escape(line);
        if (Console.IsOutputRedirected)
            Console.WriteLine($"{time,5} s  {Markup.Remove(text)}");
        else
            AnsiConsole.MarkupLine($"[grey]{time,5} s[/]  {text}");
    }
}
