using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Where the token is sent, and that it is always removed afterwards.</summary>
[TestFixture(Sending.Async)]
[TestFixture(Sending.AsyncAnsweredLater)]
[TestFixture(Sending.Sync)]
internal sealed class BearerTokenHandlerDestinationTests(Sending sending)
{
    [TestCase("https://api.apiax.io/rules")]
    [TestCase("https://API.APIAX.IO/rules")]
    [TestCase("https://auth.apiax.io/an/api")]
    [TestCase("wss://api.apiax.io/changes")]
    public async Task A_listed_host_gets_the_token(string url)
    {
        using var client = new BearerClient(sending);

        await client.StatusOf(url);

        Assert.That(client.Api.Calls.Single().Authorization, Is.EqualTo("Bearer token-1"));
    }

    [Test]
    public async Task A_host_that_a_reload_removes_while_a_call_waits_gets_no_token()
    {
        using var client = new BearerClient(sending, "one.apiax.io");
        var hold = client.Tokens.HoldToken = new Gate();
        var call = client.StatusOf("https://one.apiax.io/rules");
        await hold.Arrived;

        client.ChangeHosts("two.apiax.io");
        hold.Open();
        await call;

        Assert.That(client.Api.Calls.Single().Authorization, Is.Null);
    }

    [Test]
    public async Task A_host_that_a_reload_removes_during_a_call_gets_no_other_token([Values] bool isInReplacement)
    {
        using var client = new BearerClient(sending, "one.apiax.io");
        client.Api.Rejected.Add("token-1");
        client.Api.Answer = (_, _) =>
        {
            if (!isInReplacement)
                client.ChangeHosts("two.apiax.io");
            return null;
        };
        client.Tokens.OnReplace = () => client.ChangeHosts("two.apiax.io");

        Assert.That(await client.StatusOf("https://one.apiax.io/rules"), Is.EqualTo(HttpStatusCode.Unauthorized));

        Assert.That(client.Api.Tokens, Is.EqualTo(["token-1"]));
        Assert.That(client.Tokens.Rejected, Has.Count.EqualTo(isInReplacement ? 1 : 0));
    }

    [TestCase("https://apiax.io/")]
    [TestCase("https://evil.example/")]
    [TestCase("https://api.apiax.io.evil.example/")]
    [TestCase("https://evilapiax.io/")]
    [TestCase("https://api.apiax.io./")]
    [TestCase("https://api.apiax.io:8443/")]
    [TestCase("http://api.apiax.io/")]
    [TestCase("ws://api.apiax.io/")]
    [TestCase("https://api.apiax.io@evil.example/")]
    [TestCase("https://xn--ü.apiax.io/", Description = "not an internet name")]
    [TestCase("https://auth.apiax.io/auth/realms/apiax/protocol/openid-connect/token")]
    public async Task Any_other_URL_does_not(string url)
    {
        using var client = new BearerClient(sending);

        await client.StatusOf(url);

        Assert.That(client.Api.Tokens, Is.EqualTo(new string?[] { null }));
        Assert.That(client.Tokens.Requests, Is.Zero);
    }

    [Test]
    public async Task Loopback_may_be_http_when_it_is_listed([Values] bool isListed)
    {
        using var client = new BearerClient(sending, options => options.ApiHosts.Add(isListed ? "localhost:5000" : "localhost:5001"));

        await client.StatusOf("http://localhost:5000/");

        Assert.That(client.Api.Tokens, Is.EqualTo(new[] { isListed ? "token-1" : null }));
    }

    [Test]
    public async Task A_copy_that_a_primary_handler_has_sent_does_not_keep_the_token([Values] bool isRejected)
    {
        using var client = new BearerClient(sending);
        client.Api.Answer = (call, request) => new HttpResponseMessage(isRejected && call.Number == 1 ? HttpStatusCode.Unauthorized : HttpStatusCode.OK) { RequestMessage = CopyOf(request, withHeaders: true) };

        using var response = await client.GetAsync();

        Assert.That((response.StatusCode, response.RequestMessage!.Headers.Authorization), Is.EqualTo((HttpStatusCode.OK, default(AuthenticationHeaderValue))));
        Assert.That(client.Api.Tokens, Is.EqualTo(isRejected ? ["token-1", "token-2"] : (string[])["token-1"]));
    }

    [Test]
    public async Task A_token_that_a_redirect_has_removed_from_such_a_copy_is_not_rejected()
    {
        using var client = new BearerClient(sending);
        client.Api.Answer = (call, request) => new HttpResponseMessage(HttpStatusCode.Unauthorized) { RequestMessage = CopyOf(request, withHeaders: false) };

        Assert.That(await client.StatusOf(), Is.EqualTo(HttpStatusCode.Unauthorized));

        Assert.That((client.Api.Calls.Count, client.Tokens.Rejected), Is.EqualTo((2, (string[])[])));
    }

    [Test]
    public async Task No_token_for_a_listed_host_is_an_exception_and_no_call()
    {
        using var client = new BearerClient(sending);
        client.Tokens.Failure = new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "down");

        var failure = await Waiting.FailureOf<ApiaxAuthException>(client.GetAsync());

        Assert.That(failure, Is.SameAs(client.Tokens.Failure));
        Assert.That(client.Api.Calls, Is.Empty);
    }

    [Test]
    public async Task The_header_is_removed_when_the_handler_returns([Values(HttpStatusCode.OK, HttpStatusCode.Unauthorized)] HttpStatusCode status)
    {
        using var client = new BearerClient(sending);
        client.Api.Answer = (_, _) => new HttpResponseMessage(status);
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules");

        using var response = await client.SendAsync(request);

        Assert.That(client.Api.Tokens.First(), Is.EqualTo("token-1"));
        Assert.That(response.RequestMessage!.ToString(), Does.Not.Contain("token-"));
        Assert.That(request.Headers, Is.Empty);
    }

    [Test]
    public async Task The_header_is_removed_when_the_handler_throws()
    {
        using var client = new BearerClient(sending);
        client.Api.Answer = (_, _) => throw new HttpRequestException("no connection");
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules");

        await Waiting.FailureOf<HttpRequestException>(client.SendAsync(request));

        Assert.That(client.Api.Tokens, Is.EqualTo(["token-1"]));
        Assert.That(request.Headers, Is.Empty);
    }

    [Test]
    public async Task A_callers_own_Authorization_and_its_401_are_passed_on_unchanged()
    {
        using var client = new BearerClient(sending);
        client.Api.RejectsAll = true;
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules");
        var own = request.Headers.Authorization = new AuthenticationHeaderValue("Basic", "mine");

        using var response = await client.SendAsync(request);

        Assert.Multiple(() =>
        {
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That(client.Api.Calls.Single().Authorization, Is.EqualTo("Basic mine"));
            Assert.That(request.Headers.Authorization, Is.SameAs(own));
            Assert.That((client.Tokens.Requests, client.Tokens.Rejected.Count), Is.EqualTo((0, 0)));
        });
    }

    /// <summary>While a call is under way its token is on the request: a hedge, a failover or a retry after a timeout copies it, or sends the same request.</summary>
    [TestCase("https://elsewhere.example/", null)]
    [TestCase("https://api.apiax.io/hedge", "token-1")]
    public async Task A_copy_of_a_request_under_way_is_sent_as_a_request_without_a_token(string url, string? token)
    {
        using var client = new BearerClient(sending);
        using var copy = new HttpRequestMessage(HttpMethod.Get, url);
        Task<HttpResponseMessage>? copying = null;
        var isFirst = true;
        client.Api.Answer = (_, request) =>
        {
            if (!isFirst)
                return null;

            isFirst = false;
            foreach (var (name, values) in request.Headers)
                copy.Headers.TryAddWithoutValidation(name, values);
            copying = client.SendAsync(copy);
            return null;
        };

        using var response = await client.GetAsync();
        using var another = await copying!;

        Assert.That(client.Api.Calls.Single(call => call.Uri == new Uri(url)).Token, Is.EqualTo(token));
        Assert.That(copy.Headers.Authorization, Is.Null, "the library's, and not the caller's own");
    }

    /// <summary>A primary handler with its own credentials adds a value to the header.</summary>
    [TestCase("https://elsewhere.example/", "Basic own")]
    [TestCase("https://api.apiax.io/hedge", "Basic own, Bearer token-1")]
    public async Task A_copy_with_two_values_takes_only_the_other_value_to_another_host(string url, string authorization)
    {
        using var client = new BearerClient(sending);
        using var copy = new HttpRequestMessage(HttpMethod.Get, url);
        copy.Headers.TryAddWithoutValidation("Authorization", ["Bearer token-1", "Basic own"]);
        await client.StatusOf();

        using var response = await client.SendAsync(copy);

        Assert.That(client.Api.Calls[1].Authorization, Is.EqualTo(authorization));
        Assert.That(copy.Headers.NonValidated["Authorization"], Is.EqualTo(["Basic own"]));
    }

    [Test]
    public async Task The_token_of_another_account_is_the_callers_own_on_a_listed_host_and_is_removed_for_any_other()
    {
        await using var bank = new Account();
        using var other = new BearerClient(sending, tokens: bank.Tokens);
        using var client = new BearerClient(sending);
        await other.StatusOf();
        await client.StatusOf();
        var header = "Bearer " + (await bank.GetAsync()).Value;

        foreach (var url in (string[])["https://api.apiax.io/rules", "https://elsewhere.example/", "https://elsewhere.example/"])
        {
            await client.StatusOf(url);
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.TryAddWithoutValidation("Authorization", header);
            using var response = await client.SendAsync(request);
        }

        Assert.That(client.Api.Calls.Select(call => call.Authorization), Is.EqualTo(["Bearer token-1", "Bearer token-1", header, null, null, null, null]));
        Assert.That(client.Logs.Entries.Select(entry => (entry.Level, entry.Event)), Is.EqualTo(((LogLevel, string)[])
        [
            (LogLevel.Debug, "OwnAuthorization"), (LogLevel.Information, "UnlistedHost"), (LogLevel.Warning, "TokenRemoved"),
        ]));
    }

    /// <summary>Several handlers of one provider, for example before and after the factory has replaced one.</summary>
    [Test]
    public async Task The_token_of_the_same_provider_is_not_the_callers_own()
    {
        var tokens = new TokensStub();
        using var other = new BearerClient(sending, tokens: tokens);
        using var client = new BearerClient(sending, tokens: tokens);
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", "token-1") } };
        await other.StatusOf();
        client.Api.Rejected.Add("token-1");

        using var response = await client.SendAsync(request);

        Assert.That((response.StatusCode, request.Headers.Authorization), Is.EqualTo((HttpStatusCode.OK, default(AuthenticationHeaderValue))));
    }

    /// <summary>The texts of all tokens that may be on a request are known: they must be few, since each request with a header is compared with them.</summary>
    [TestCase("each a new object", 1)]
    [TestCase("two in turn", 2)]
    public async Task Ten_thousand_requests_with_one_token_share_one_text(string way, int texts)
    {
        var sent = new HashSet<object>(ReferenceEqualityComparer.Instance);
        using var api = new Answering(request => sent.Add(request.Headers.NonValidated["Authorization"].ToString()));
        var number = 0;
        using var handler = new BearerTokenHandler(new Issuing(() => way is "two in turn" ? $"token-{number++ % 2}" : "token-0"), new ApiaxAuthOptions()) { InnerHandler = api };
        using var invoker = new HttpMessageInvoker(handler);

        for (var call = 0; call < 10_000; call++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules");
            using var response = sending is Sending.Sync ? invoker.Send(request, CancellationToken.None) : await invoker.SendAsync(request, CancellationToken.None);
        }

        Assert.That(sent, Has.Count.EqualTo(texts));
    }

    /// <summary>A timeout that does not wait, with a retry: with few connections, the second send may still wait for one when the first ends.</summary>
    [Test]
    public async Task A_send_that_ends_does_not_remove_the_token_of_another_send_of_the_same_request([Values] bool hasBody, [Values] bool isRead)
    {
        using var primary = new PendingHandler { ReadsHeader = isRead };
        using var invoker = new HttpMessageInvoker(new BearerTokenHandler(new TokensStub(), new ApiaxAuthOptions()) { InnerHandler = primary });
        using var request = new HttpRequestMessage(HttpMethod.Post, "https://api.apiax.io/rules") { Content = hasBody ? new StringContent("the body") : null };
        var first = invoker.SendAsync(request, CancellationToken.None);
        var second = invoker.SendAsync(request, CancellationToken.None);

        // The header is known as long as the send takes.
        GC.Collect();
        primary.Answers[0].SetResult(new HttpResponseMessage());
        (await first.Soon()).Dispose();
        var during = request.Headers.NonValidated["Authorization"].ToString();
        primary.Answers[1].SetResult(new HttpResponseMessage());
        (await second.Soon()).Dispose();

        Assert.That((during, request.Headers.Contains("Authorization")), Is.EqualTo(("Bearer token-1", false)));
    }

    [Test]
    public async Task Two_sends_of_a_request_that_wait_for_a_token_add_one_header([Values] bool isAnotherUnderWay)
    {
        var tokens = new TokensStub();
        using var primary = new PendingHandler();
        using var invoker = new HttpMessageInvoker(new BearerTokenHandler(tokens, new ApiaxAuthOptions()) { InnerHandler = primary });
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules");
        Gate[] holds = [new(), new()];
        var sends = new List<Task<HttpResponseMessage>>();
        if (isAnotherUnderWay)
            sends.Add(invoker.SendAsync(request, CancellationToken.None));
        foreach (var hold in holds)
        {
            tokens.HoldToken = hold;
            sends.Add(invoker.SendAsync(request, CancellationToken.None));
        }

        foreach (var hold in holds)
        {
            var sent = primary.Answers.Count;
            hold.Open();
            await Waiting.UntilAsync(() => Task.FromResult(primary.Answers.Count == sent + 1), "It is not sent.");
        }

        var during = request.Headers.NonValidated["Authorization"].ToString();
        foreach (var answer in primary.Answers)
            answer.SetResult(new HttpResponseMessage());
        foreach (var response in await Task.WhenAll(sends).Soon())
            response.Dispose();

        Assert.That((during, request.Headers.Contains("Authorization")), Is.EqualTo(("Bearer token-1", false)));
    }

    [Test]
    public async Task A_401_to_a_send_is_a_rejection_although_its_request_has_the_token_of_another_send()
    {
        var tokens = new TokensStub();
        using var primary = new PendingHandler();
        using var invoker = new HttpMessageInvoker(new BearerTokenHandler(tokens, new ApiaxAuthOptions()) { InnerHandler = primary });
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules");
        Task<HttpResponseMessage>[] sends = [invoker.SendAsync(request, CancellationToken.None), invoker.SendAsync(request, CancellationToken.None)];

        primary.Answers[0].SetResult(ApiStub.Unauthorized());
        await Waiting.UntilAsync(() => Task.FromResult(primary.Answers.Count == 3), "It is not sent again.");
        foreach (var answer in primary.Answers.Skip(1))
            answer.SetResult(new HttpResponseMessage());
        foreach (var response in await Task.WhenAll(sends).Soon())
            response.Dispose();

        Assert.That(tokens.Rejected, Is.EqualTo(["token-1"]));
    }

    [Test]
    public async Task A_send_again_that_ends_does_not_remove_the_token_of_another_one_of_the_same_request([Values] bool isRead)
    {
        var tokens = new Issuing(() => "token-1", () => "token-2");
        using var primary = new PendingHandler { ReadsHeader = isRead };
        using var invoker = new HttpMessageInvoker(new BearerTokenHandler(tokens, new ApiaxAuthOptions()) { InnerHandler = primary });
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules");
        Task<HttpResponseMessage>[] sends = [invoker.SendAsync(request, CancellationToken.None), invoker.SendAsync(request, CancellationToken.None)];
        for (var send = 0; send < 2; send++)
        {
            primary.Answers[send].SetResult(ApiStub.Unauthorized());
            await Waiting.UntilAsync(() => Task.FromResult(primary.Answers.Count == 3 + send), "It is not sent again.");
        }

        primary.Answers[2].SetResult(new HttpResponseMessage());
        (await sends[0].Soon()).Dispose();
        var during = request.Headers.NonValidated["Authorization"].ToString();
        primary.Answers[3].SetResult(new HttpResponseMessage());
        (await sends[1].Soon()).Dispose();

        Assert.That((during, request.Headers.Contains("Authorization")), Is.EqualTo(("Bearer token-2", false)));
    }

    [Test]
    public async Task A_callers_own_raw_Authorization_is_passed_on_unchanged()
    {
        using var client = new BearerClient(sending);
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules");
        request.Headers.TryAddWithoutValidation("Authorization", "my own, scheme");

        using var response = await client.SendAsync(request);

        Assert.That(client.Api.Calls.Single().Authorization, Is.EqualTo("my own, scheme"));
    }

    [Test]
    public async Task A_host_without_the_token_is_logged_once_for_each_port()
    {
        using var client = new BearerClient(sending);

        foreach (var path in (string[])["a", "b", "c"])
        {
            await client.StatusOf($"https://evil.example/{path}?secret");
            await client.StatusOf($"https://evil.example:8443/{path}?secret");
            await client.StatusOf($"https://api.apiax.io:8443/{path}?secret");
        }

        Assert.That(client.Logs.Of("UnlistedHost").Select(entry => (entry.Level, entry.Message)), Is.EqualTo(((LogLevel, string)[])
        [
            (LogLevel.Information, "Account (application): Host evil.example:443 is not in ApiHosts; sending without a token (logged once)"),
            (LogLevel.Information, "Account (application): Host evil.example:8443 is not in ApiHosts; sending without a token (logged once)"),
            (LogLevel.Information, "Account (application): Host api.apiax.io:8443 is not in ApiHosts; sending without a token (logged once)"),
        ]));
    }

    [TestCase("http://api.apiax.io/", "Host api.apiax.io:80 is called over http;")]
    [TestCase("https://auth.apiax.io/auth/realms/apiax/protocol/openid-connect/token", "Host auth.apiax.io:443 is the token endpoint;")]
    public async Task Why_a_listed_host_gets_no_token_is_logged(string url, string why)
    {
        using var client = new BearerClient(sending);

        await client.StatusOf(url);

        Assert.That(client.Logs.Of("UnlistedHost").Single().Message, Does.Contain(why));
    }

    [Test]
    public async Task A_callers_own_Authorization_is_logged_once_for_each_host_at_debug_level_and_not_quoted()
    {
        using var client = new BearerClient(sending);

        for (var call = 0; call < 3; call++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules");
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer secret");
            using var response = await client.SendAsync(request);
        }

        var entry = client.Logs.Entries.Single();
        Assert.That((entry.Level, entry.Event), Is.EqualTo((LogLevel.Debug, "OwnAuthorization")));
        Assert.That(entry.Message + entry.Details, Does.Contain("api.apiax.io:443").And.Not.Contain("secret"));
    }

    [Test]
    public async Task A_callers_own_Authorization_is_also_logged_after_a_URL_of_its_host_that_gets_no_token()
    {
        using var client = new BearerClient(sending);
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://auth.apiax.io/an/api");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer secret");

        await client.StatusOf("https://auth.apiax.io/auth/realms/apiax/protocol/openid-connect/token");
        using var response = await client.SendAsync(request);

        Assert.That(client.Logs.Entries.Select(entry => entry.Event), Is.EqualTo(["UnlistedHost", "OwnAuthorization"]));
    }

    [Test]
    public async Task A_hundred_hosts_are_logged_at_most()
    {
        using var client = new BearerClient(sending);

        for (var host = 0; host < 120; host++)
            await client.StatusOf($"https://host-{host}.example/");

        Assert.That(client.Logs.Of("UnlistedHost").Count(), Is.EqualTo(100));
    }

    /// <summary>The hosts of the others may be chosen by others, and be many.</summary>
    [Test]
    public async Task Many_hosts_of_one_entry_do_not_prevent_another_entry()
    {
        using var client = new BearerClient(sending);
        await client.StatusOf();
        for (var host = 0; host < 120; host++)
            await client.StatusOf($"https://host-{host}.example/");
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://last.example/") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", "token-1") } };

        using var response = await client.SendAsync(request);

        Assert.That(client.Logs.Of("TokenRemoved").Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task Entries_whose_level_is_off_are_not_counted()
    {
        using var client = new BearerClient(sending);
        client.Logs.MinLevel = LogLevel.Warning;
        for (var host = 0; host < 120; host++)
            await client.StatusOf($"https://host-{host}.example/");

        client.Logs.MinLevel = LogLevel.Information;
        await client.StatusOf("https://host-0.example/");

        Assert.That(client.Logs.Of("UnlistedHost").Count(), Is.EqualTo(1));
    }

    [TestCase(null)]
    [TestCase("/rules")]
    public async Task A_request_without_a_URL_is_passed_on_unchanged(string? url)
    {
        using var api = new ApiStub();
        using var logs = new LogBook();
        using var handler = new BearerTokenHandler(new TokensStub(), new ApiaxAuthOptions(), logs) { InnerHandler = api };
        using var invoker = new HttpMessageInvoker(handler);
        using var request = new HttpRequestMessage { RequestUri = url is null ? null : new Uri(url, UriKind.Relative) };

        using var response = sending is Sending.Sync ? invoker.Send(request, CancellationToken.None) : await invoker.SendAsync(request, CancellationToken.None);

        Assert.That(api.Tokens, Is.EqualTo(new string?[] { null }));
        Assert.That(logs.Entries, Is.Empty);
    }

    private sealed class Issuing(Func<string> text, Func<string>? replacement = null) : IApiaxAccessTokenProvider
    {
        public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => new(new ApiaxAccessToken(text(), DateTimeOffset.MaxValue));

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) =>
            new(replacement is null ? null : new ApiaxAccessToken(replacement(), DateTimeOffset.MaxValue));
    }

    private sealed class Answering(Action<HttpRequestMessage> see) : HttpMessageHandler
    {
        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            see(request);
            return new HttpResponseMessage();
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(Send(request, cancellationToken));
    }

    private sealed class PendingHandler : HttpMessageHandler
    {
        public List<TaskCompletionSource<HttpResponseMessage>> Answers { get; } = [];

        /// <summary>Whether it reads the header, as a handler that logs its scheme does: .NET then keeps another object than was added.</summary>
        public bool ReadsHeader { get; init; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (ReadsHeader)
                _ = request.Headers.Authorization;
            Answers.Add(new(TaskCreationOptions.RunContinuationsAsynchronously));
            return Answers[^1].Task;
        }
    }

    private static HttpRequestMessage CopyOf(HttpRequestMessage request, bool withHeaders)
    {
        var copy = new HttpRequestMessage(request.Method, request.RequestUri);
        foreach (var (name, values) in withHeaders ? request.Headers.NonValidated : default)
            copy.Headers.TryAddWithoutValidation(name, values);

        return copy;
    }
}
