using System.Net;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>Calls the API repeatedly, in all the ways in which applications do, and reports how each call ended.</summary>
internal sealed class Caller(SoakedApplication application, Stranger stranger, Stopwatch watch, Random random, Action<Call> record)
{
    private static readonly Uri Rules = new("rules", UriKind.Relative);

    public async Task RunAsync(Rest rest, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await Stopwatch.PauseAsync(TimeSpan.FromMilliseconds(random.Next(100, 500)), CancellationToken.None);
            await rest.PassAsync();
            try
            {
                await CallAsync();
            }
            finally
            {
                rest.Passed();
            }
        }
    }

    private Task CallAsync() => random.Next(100) switch
    {
        < 70 => RecordAsync("get", client => client.GetAsync(Rules), Is(HttpStatusCode.OK, """["rule"]""")),
        < 78 => EchoAsync(),
        < 83 => RecordAsync("redirect within the API", client => client.GetAsync(new Uri("rules/moved?to=/rules", UriKind.Relative)), Is(HttpStatusCode.OK, """["rule"]""")),
        < 88 => RecordAsync("redirect to a stranger", client => client.GetAsync(new Uri($"rules/moved?to={stranger.SecureAddress}", UriKind.Relative)), IsTheStrangers),
        < 90 => RecordAsync("straight to a stranger", client => client.GetAsync(stranger.SecureAddress), IsTheStrangers),
        < 92 => RecordAsync("synchronous get", SendAsync, Is(HttpStatusCode.OK, """["rule"]""")),
        _ => GiveUpAsync(),
    };

    private async Task EchoAsync()
    {
        var body = new string((char)random.Next('a', 'z'), random.Next(1, 20_000));
        using var content = new StringContent(body);
        await RecordAsync("post", client => client.PostAsync(new Uri("rules/echo", UriKind.Relative), content), Is(HttpStatusCode.OK, body));
    }

    private async Task GiveUpAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(1, 40)), TimeProvider.System);
        await RecordAsync("get, impatient", client => client.GetAsync(Rules, patience.Token), Is(HttpStatusCode.OK, """["rule"]"""), patience.Token);
    }

    // On a separate thread: those of the pool serve the other side of the call, in the same process.
    private static Task<HttpResponseMessage> SendAsync(HttpClient client) => Task.Factory.StartNew(
        () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Rules);
            return client.Send(request);
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    private static Func<HttpResponseMessage, string, bool> Is(HttpStatusCode status, string body) => (response, content) => response.StatusCode == status && content == body;

    private bool IsTheStrangers(HttpResponseMessage response, string body) =>
        response.StatusCode is HttpStatusCode.Unauthorized && response.RequestMessage!.RequestUri!.Authority == stranger.SecureAddress.Authority;

    private async Task RecordAsync(string what, Func<HttpClient, Task<HttpResponseMessage>> send, Func<HttpResponseMessage, string, bool> isExpected, CancellationToken patience = default)
    {
        var from = watch.Now;
        var (end, more) = await EndOfAsync(send, isExpected, patience);
        record(new Call(from, watch.Now, end, $"{what}{more}"));
    }

    private async Task<(CallEnd End, string More)> EndOfAsync(
        Func<HttpClient, Task<HttpResponseMessage>> send, Func<HttpResponseMessage, string, bool> isExpected, CancellationToken patience)
    {
        try
        {
            using var client = application.CreateClient();
            using var response = await send(client);
            var body = await response.Content.ReadAsStringAsync(CancellationToken.None);
            if (isExpected(response, body))
                return (CallEnd.Answered, "");

            var status = (int)response.StatusCode;
            return (status is 401 or 403 ? CallEnd.WithoutToken : status is 502 or 503 ? CallEnd.WithoutApi : CallEnd.Wrong, $": {status}");
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return (CallEnd.GivenUp, "");
        }
        catch (ApiaxAuthException exception)
        {
            return (exception.Reason is ApiaxAuthFailure.CredentialsRejected ? CallEnd.Wrong : CallEnd.WithoutToken, $": {exception.Reason}, {exception.Message}");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or TaskCanceledException)
        {
            return (CallEnd.WithoutApi, $": {exception.GetType().Name}, {exception.Message}");
        }
#pragma warning disable CA1031 // Any other exception of a call is a finding, and must not end its caller.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return (CallEnd.Wrong, $": {exception}");
        }
    }
}
