// With the sandbox, which simulates Keycloak, in real time: the cost of the end of a session, and of a start of many processes at once.
//
//   dotnet run test/keycloak-scenes.cs -- session       tokens of 6 s, sessions of 40 s at most, 32 callers, 130 s: 4 logins, no refusal, no 401
//   dotnet run test/keycloak-scenes.cs -- processes     8 processes without a store: all signed in within 100 s, at most two of them with a failed call
//
// It returns 0 if the counts are these.

#:project ../src/Apiax.Http.Handlers.Testing/Apiax.Http.Handlers.Testing.csproj
#:property NoWarn=$(NoWarn);MA0047

using System.Diagnostics;
using System.Globalization;
using Apiax.Http.Handlers;
using Apiax.Http.Handlers.Testing;
using Microsoft.Extensions.DependencyInjection;

return args switch
{
    ["session"] => await SessionAsync(),
    ["processes"] => await ProcessesAsync(8),
    ["process", var address, var tokenEndpoint, var username] => await ProcessAsync(new Uri(address), new Uri(tokenEndpoint), username),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("session or processes");
    return 2;
}

static async Task<int> SessionAsync()
{
    await using var apiax = await ApiaxSandbox.StartAsync(new ApiaxSandboxOptions { TokenLifetime = TimeSpan.FromSeconds(6), SessionMax = TimeSpan.FromSeconds(40) });
    apiax.StubApi("/rules");
    await using var services = new ServiceCollection().AddHttpClient().AddApiaxAuth(apiax.Configure).BuildServiceProvider();
    using var http = services.GetRequiredService<IHttpClientFactory>().CreateClient();
    http.BaseAddress = apiax.BaseAddress;

    var start = TimeProvider.System.GetTimestamp();
    var counts = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => CallAsync(http, start)));

    var refused = apiax.TokenRequests.Count(request => request.Outcome is SandboxTokenOutcome.Refused);
    var failed = counts.Sum(count => count.Failed);
    Console.WriteLine($"{counts.Sum(count => count.Calls)} calls, {failed} failed, slowest {counts.Max(count => count.Slowest).TotalMilliseconds:0} ms; {apiax.Logins} logins, {apiax.TokenRequests.Count} token requests, {refused} refused; {apiax.UnauthorizedCalls} answers of 401");
    return (apiax.Logins, refused, apiax.UnauthorizedCalls, failed) == (4, 0, 0, 0) ? 0 : 1;
}

static async Task<(int Calls, int Failed, TimeSpan Slowest)> CallAsync(HttpClient http, long start)
{
    using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
    var (calls, failed, slowest) = (0, 0, TimeSpan.Zero);
    while (TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(130) && await pace.WaitForNextTickAsync())
    {
        var began = TimeProvider.System.GetTimestamp();
        using var response = await http.GetAsync(new Uri("rules", UriKind.Relative));
        var took = TimeProvider.System.GetElapsedTime(began);
        (calls, failed, slowest) = (calls + 1, failed + (response.IsSuccessStatusCode ? 0 : 1), took > slowest ? took : slowest);
    }

    return (calls, failed, slowest);
}

static async Task<int> ProcessesAsync(int count)
{
    await using var apiax = await ApiaxSandbox.StartAsync();
    apiax.StubApi("/rules");
    apiax.LoginDuration = TimeSpan.FromMilliseconds(200);
    var processes = Enumerable.Range(0, count).Select(_ => Start(apiax)).ToList();
    foreach (var process in processes)
        await process.StandardOutput.ReadLineAsync();
    foreach (var process in processes)
        await process.StandardInput.WriteLineAsync("go");

    var reports = await Task.WhenAll(processes.Select(process => process.StandardOutput.ReadLineAsync()));
    processes.ForEach(process => process.WaitForExit());
    var signedIn = reports.Select(report => report!.Split(' ')).Select(report => (Seconds: double.Parse(report[0], CultureInfo.InvariantCulture), Failed: int.Parse(report[1], CultureInfo.InvariantCulture))).OrderBy(report => report.Seconds).ToList();
    foreach (var (seconds, failed) in signedIn)
        Console.WriteLine($"signed in after {seconds.ToString("0.0", CultureInfo.InvariantCulture)} s, {failed} failed calls before");
    Console.WriteLine($"{apiax.TokenRequests.Count} logins sent, {apiax.Logins} accepted, {apiax.LockOuts} lock-outs");

    return signedIn.All(report => report.Seconds is > 0 and < 100) && signedIn.Count(report => report.Failed > 0) <= 2 ? 0 : 1;
}

static Process Start(ApiaxSandbox apiax)
{
    var start = new ProcessStartInfo(Environment.ProcessPath!, ["process", apiax.BaseAddress.AbsoluteUri, apiax.TokenEndpoint.AbsoluteUri, apiax.Username])
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    };
    start.Environment["APIAX_SCENE_PASSWORD"] = apiax.Password;
    return Process.Start(start)!;
}

static async Task<int> ProcessAsync(Uri address, Uri tokenEndpoint, string username)
{
    await using var services = new ServiceCollection().AddHttpClient().AddApiaxAuth(options =>
    {
        options.TokenEndpoint = tokenEndpoint;
        options.Username = username;
        options.Password = Environment.GetEnvironmentVariable("APIAX_SCENE_PASSWORD");
        options.ApiHosts.Add(address.Authority);
    }).BuildServiceProvider();
    using var http = services.GetRequiredService<IHttpClientFactory>().CreateClient();
    http.BaseAddress = address;
    http.Timeout = TimeSpan.FromMinutes(2);
    Console.WriteLine("ready");
    await Console.In.ReadLineAsync();

    var start = TimeProvider.System.GetTimestamp();
    using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
    var failed = 0;
    while (TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(110))
    {
        try
        {
            using var response = await http.GetAsync(new Uri("rules", UriKind.Relative));
            response.EnsureSuccessStatusCode();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetElapsedTime(start).TotalSeconds:0.0} {failed}"));
            return 0;
        }
        catch (ApiaxAuthException)
        {
            failed++;
            await pace.WaitForNextTickAsync();
        }
    }

    Console.WriteLine($"0 {failed}");
    return 1;
}
