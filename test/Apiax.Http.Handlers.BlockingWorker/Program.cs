using System.Globalization;
using Microsoft.Extensions.DependencyInjection;

// Calls by the blocking HttpClient.Send on the thread pool of two processors, all at once. The pool adds a thread every quarter of a second, and each thread takes the next
// call: until every call has a thread, nothing else runs on the pool, neither the answers nor the time limits.
// Arguments: how many calls, the URL of the API, and for calls with a token the token endpoint, user, password, and the time limit of token requests in seconds.
var (calls, api) = (int.Parse(args[0], CultureInfo.InvariantCulture), new Uri(args[1]));
var services = new ServiceCollection().AddHttpClient();
if (args is [_, _, var tokenEndpoint, var username, var password, var seconds])
{
    services.AddApiaxAuth(options =>
    {
        options.TokenEndpoint = new Uri(tokenEndpoint);
        (options.Username, options.Password) = (username, password);
        options.ApiHosts.Add(api.Authority);
        options.TokenTimeout = options.AttemptTimeout = TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture));
    });
}

await using var provider = services.BuildServiceProvider();
using var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient();
ThreadPool.SetMinThreads(2, 2);
var answers = new int[calls];
using var done = new CountdownEvent(calls);
for (var call = 0; call < calls; call++)
    ThreadPool.UnsafeQueueUserWorkItem(Call, call, preferLocal: false);

done.Wait();
Console.WriteLine(string.Join(", ", answers.CountBy(status => status).OrderBy(count => count.Key).Select(count => $"{count.Value} times {count.Key}")));

void Call(int number)
{
    try
    {
        using var response = client.Send(new HttpRequestMessage(HttpMethod.Get, api));
        answers[number] = (int)response.StatusCode;
    }
    catch (Exception exception)
    {
        Console.Error.WriteLine(exception.Message);
    }
    finally
    {
        done.Signal();
    }
}
