using System.Diagnostics;
using System.Net;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Over real sockets: what .NET's own handlers do, and the effect on the token.</summary>
[TestFixture(Sending.Async, typeof(SocketsHttpHandler))]
[TestFixture(Sending.Async, typeof(HttpClientHandler))]
[TestFixture(Sending.Sync, typeof(SocketsHttpHandler))]
[TestFixture(Sending.Sync, typeof(HttpClientHandler))]
internal sealed class BearerTokenHandlerSocketTests(Sending sending, Type primary)
{
    [TestCase("/same")]
    [TestCase("/other")]
    public async Task NET_removes_the_header_and_changes_the_request_on_every_redirect(string target)
    {
        await using var server = new LoopbackServer(request => request.Authorization is null ? LoopbackServer.Ok : LoopbackServer.RedirectTo(target));
        using var http = new HttpMessageInvoker(Primary());
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{server.Port}/same");
        request.Headers.Authorization = new("Bearer", "token-1");

        using var response = await http.SendAsync(request, default).Soon();

        Assert.Multiple(() =>
        {
            Assert.That(server.Requests.Select(call => call.Authorization), Is.EqualTo(["Bearer token-1", null]));
            Assert.That(request.Headers.Authorization, Is.Null);
            Assert.That(request.RequestUri!.AbsolutePath, Is.EqualTo(target));
            Assert.That(response.RequestMessage, Is.SameAs(request));
        });
    }

    [Test]
    public async Task A_redirect_within_the_host_is_followed_with_the_token()
    {
        await using var server = new LoopbackServer(request => (request.Path, request.Authorization) switch
        {
            ("/old", _) => LoopbackServer.RedirectTo("/new"),
            (_, null) => LoopbackServer.Unauthorized,
            _ => LoopbackServer.Ok,
        });
        using var client = Client(server);

        Assert.That(await client.StatusOf($"http://127.0.0.1:{server.Port}/old"), Is.EqualTo(HttpStatusCode.OK));

        Assert.That(server.Requests.Select(call => (call.Path, call.Authorization)), Is.EqualTo([("/old", "Bearer token-1"), ("/new", null), ("/new", "Bearer token-1")]));
        Assert.That(client.Tokens.Rejected, Is.Empty);
    }

    [TestCase(301)]
    [TestCase(302)]
    [TestCase(307)]
    [TestCase(308)]
    public async Task A_redirect_never_sends_the_token_to_another_host(int status)
    {
        await using var foreign = new LoopbackServer(_ => LoopbackServer.Unauthorized);
        await using var server = new LoopbackServer(_ => LoopbackServer.RedirectTo($"http://127.0.0.1:{foreign.Port}/", status));
        using var client = Client(server);

        Assert.That(await client.StatusOf($"http://127.0.0.1:{server.Port}/"), Is.EqualTo(HttpStatusCode.Unauthorized));

        Assert.Multiple(() =>
        {
            Assert.That(server.Requests.Select(call => call.Authorization), Is.EqualTo(["Bearer token-1"]));
            Assert.That(foreign.Requests.Select(call => call.Authorization), Is.EqualTo([(string?)null]));
            Assert.That(client.Tokens.Rejected, Is.Empty);
        });
    }

    [Test]
    public async Task A_primary_handler_with_its_own_credentials_does_not_keep_the_token_or_prevent_its_replacement()
    {
        await using var server = new LoopbackServer(request => request.Authorization == "Bearer token-2"
            ? LoopbackServer.Ok
            : "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n");
        using var handler = Primary();
        var credentials = new NetworkCredential("joe", "own");
        if (handler is SocketsHttpHandler sockets)
            sockets.Credentials = credentials;
        else
            ((HttpClientHandler)handler).Credentials = credentials;

        using var client = new BearerClient(sending, options => options.ApiHosts.Add($"127.0.0.1:{server.Port}"), handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{server.Port}/");

        using var response = await client.SendAsync(request);

        Assert.Multiple(() =>
        {
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(server.Requests.Select(call => call.Authorization!.Split(' ')[^1]), Is.EqualTo(["token-1", "am9lOm93bg==", "token-2"]));
            Assert.That(request.Headers.Authorization, Is.Null);
        });
    }

    [Test]
    public async Task Each_send_has_its_own_trace_context_unless_the_caller_set_one([Values] bool isCallers)
    {
        using var activity = new Activity("call").Start();
        var traces = new List<string?>();
        await using var server = new LoopbackServer(request =>
        {
            traces.Add(request.TraceParent);
            return request.Authorization == "Bearer token-2" ? LoopbackServer.Ok : LoopbackServer.Unauthorized;
        });
        using var client = Client(server);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{server.Port}/");
        if (isCallers)
            request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

        using var response = await client.SendAsync(request);

        Assert.That(traces.Distinct(StringComparer.Ordinal).Count(), Is.EqualTo(isCallers && Environment.Version.Major < 9 ? 1 : 2), ".NET 9 writes over a caller's");
        Assert.That((traces.Count, response.StatusCode), Is.EqualTo((2, HttpStatusCode.OK)));
    }

    [Test]
    public async Task A_body_in_memory_that_the_caller_disposes_meanwhile_is_not_sent_again()
    {
        using var body = new StringContent("the body");
        await using var server = new LoopbackServer(_ =>
        {
            body.Dispose();
            return LoopbackServer.Unauthorized;
        });
        using var client = Client(server);

        using var response = await client.PostAsync(body, $"http://127.0.0.1:{server.Port}/");

        Assert.That((response.StatusCode, server.Requests.Count), Is.EqualTo((HttpStatusCode.Unauthorized, 1)));
    }

    /// <summary>For example by a handler above that logs the body.</summary>
    [Test]
    public async Task A_body_in_memory_whose_stream_is_closed_is_sent_again()
    {
        using var body = new StringContent("the body");
        await using (await body.ReadAsStreamAsync())
        {
        }

        await using var server = new LoopbackServer(request => request.Authorization == "Bearer token-2" ? LoopbackServer.Ok : LoopbackServer.Unauthorized);
        using var client = Client(server);

        using var response = await client.PostAsync(body, $"http://127.0.0.1:{server.Port}/");

        Assert.That((response.StatusCode, server.Requests.Count), Is.EqualTo((HttpStatusCode.OK, 2)));
    }

    [Test]
    public async Task One_connection_for_each_server_is_enough()
    {
        await using var server = new LoopbackServer(request => request.Authorization == "Bearer token-2" ? LoopbackServer.Ok : LoopbackServer.Unauthorized);
        using var client = Client(server);

        Assert.That(await client.StatusOf($"http://127.0.0.1:{server.Port}/"), Is.EqualTo(HttpStatusCode.OK));

        Assert.That(server.Requests.Select(call => call.Authorization), Is.EqualTo(["Bearer token-1", "Bearer token-2"]));
    }

    /// <summary>The token client may share the API's primary handler, and with it the only connection.</summary>
    [Test]
    public async Task The_token_request_gets_the_connection_of_a_401(
        [Values("Content-Length: 12\r\n\r\nwho are you?", "Transfer-Encoding: chunked\r\n\r\nc\r\nwho are you?\r\n0\r\n\r\n")] string body)
    {
        await using var server = ApiAndTokenEndpoint("HTTP/1.1 401 Unauthorized\r\n" + body);
        var options = OptionsFor(server);
        using var handler = Primary();
        await using var tokens = ApiaxAccessTokens.Create(options, handler: handler);
        using var http = new HttpClient(new BearerTokenHandler(tokens, options) { InnerHandler = handler });

        using var response = await Send(http, server).Soon();

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(server.Requests.Select(request => request.Path), Is.EqualTo(["/token", "/", "/token", "/"]));
        Assert.That(server.Connections, Is.EqualTo(1));
    }

    [Test]
    public async Task Many_calls_that_get_a_401_leave_a_connection_to_the_token_request()
    {
        await using var server = ApiAndTokenEndpoint(LoopbackServer.Unauthorized);
        var options = OptionsFor(server);
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 4 };
        await using var tokens = ApiaxAccessTokens.Create(options, handler: handler);
        using var http = new HttpClient(new BearerTokenHandler(tokens, options) { InnerHandler = handler });

        var responses = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Send(http, server))).Soon();

        Assert.That(responses.Select(response => response.StatusCode), Is.All.EqualTo(HttpStatusCode.OK));
        Assert.That(server.Requests.Count(request => request.Path is "/token"), Is.EqualTo(2));
    }

    /// <summary>Rejects the first token.</summary>
    private static LoopbackServer ApiAndTokenEndpoint(string rejection)
    {
        var number = 0;
        return new LoopbackServer(request => (request.Path, request.Authorization) switch
        {
            ("/token", _) => Grant(Interlocked.Increment(ref number)),
            (_, "Bearer access-1") => rejection,
            _ => LoopbackServer.Ok,
        });
    }

    private static string Grant(int number)
    {
        var json = $$"""{"access_token":"access-{{number}}","expires_in":300,"refresh_token":"refresh","refresh_expires_in":1800,"token_type":"Bearer"}""";
        return $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {json.Length}\r\n\r\n{json}";
    }

    private static ApiaxAuthOptions OptionsFor(LoopbackServer server)
    {
        var options = new ApiaxAuthOptions { Username = "anna", Password = "right", TokenEndpoint = new Uri($"http://127.0.0.1:{server.Port}/token") };
        options.ApiHosts.Add($"127.0.0.1:{server.Port}");
        return options;
    }

    private Task<HttpResponseMessage> Send(HttpClient http, LoopbackServer server)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{server.Port}/");
        return sending is Sending.Sync ? Task.Factory.StartNew(() => http.Send(request), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default) : http.SendAsync(request);
    }

    private BearerClient Client(LoopbackServer server) => new(sending, options => options.ApiHosts.Add($"127.0.0.1:{server.Port}"), Primary());

    private HttpMessageHandler Primary() => primary == typeof(SocketsHttpHandler)
        ? new SocketsHttpHandler { MaxConnectionsPerServer = 1 }
        : new HttpClientHandler { MaxConnectionsPerServer = 1 };
}
