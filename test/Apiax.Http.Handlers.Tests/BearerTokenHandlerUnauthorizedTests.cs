using System.Net;
using System.Net.Http.Metrics;

namespace Apiax.Http.Handlers.Tests;

/// <summary>After a 401, another token is obtained and the request is sent again, or the caller gets the 401.</summary>
[TestFixture(Sending.Async)]
[TestFixture(Sending.AsyncAnsweredLater)]
[TestFixture(Sending.Sync)]
internal sealed class BearerTokenHandlerUnauthorizedTests(Sending sending)
{
    [Test]
    public async Task A_rejected_token_is_replaced_and_the_call_sent_again()
    {
        using var client = new BearerClient(sending);
        client.Api.Rejected.Add("token-1");

        Assert.That(await client.StatusOf(), Is.EqualTo(HttpStatusCode.OK));

        Assert.That(client.Api.Tokens, Is.EqualTo(["token-1", "token-2"]));
        Assert.That(client.Tokens.Rejected, Is.EqualTo(["token-1"]));
    }

    [Test]
    public async Task It_is_sent_again_in_the_way_in_which_it_was_sent()
    {
        using var client = new BearerClient(sending);
        var threads = new HashSet<int>();
        var hold = client.Tokens.Hold = new Gate();
        client.Api.Rejected.Add("token-1");
        client.Api.Answer = (_, _) =>
        {
            threads.Add(Environment.CurrentManagedThreadId);
            return null;
        };

        var call = client.StatusOf();
        await hold.Arrived;
        hold.Open();
        await call.Soon();

        Assert.That(client.Api.Calls.Select(sent => sent.IsSynchronous), Is.EqualTo([sending is Sending.Sync, sending is Sending.Sync]));
        if (sending is Sending.Sync)
            Assert.That(threads, Has.Count.EqualTo(1), "the caller's");
    }

    /// <summary>.NET 8 adds the trace context in the primary handler if there is none; so the first one would stay.</summary>
    [Test]
    public async Task It_is_sent_again_with_a_trace_context_of_its_own_or_the_callers([Values] bool isCallers)
    {
        using var client = new BearerClient(sending);
        var sent = new List<string>();
        client.Api.Rejected.Add("token-1");
        client.Api.Answer = (call, given) =>
        {
            if (!given.Headers.Contains("traceparent"))
                given.Headers.Add("traceparent", $"added to send {call.Number}");

            sent.AddRange(given.Headers.GetValues("traceparent"));
            return null;
        };
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules");
        if (isCallers)
            request.Headers.Add("traceparent", "the caller's");

        using var response = await client.SendAsync(request);

        Assert.That(sent, Is.EqualTo(isCallers ? ["the caller's", "the caller's"] : new[] { "added to send 1", "added to send 2" }));
    }

    /// <summary>.NET keeps them on the request. Its first versions of .NET 8 kept an object of a pool there, which another request might have had by then.</summary>
    [Test]
    public async Task The_callbacks_for_its_metrics_are_called_for_each_send()
    {
        using var client = new BearerClient(sending);
        client.Api.Rejected.Add("token-1");
        var sent = new List<object?>();
        client.Api.Answer = (_, given) =>
        {
            sent.Add(given.Options.Single().Value);
            return null;
        };
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules");
        HttpMetricsEnrichmentContext.AddCallback(request, _ => { });

        using var response = await client.SendAsync(request);

        Assert.That(sent, Is.All.InstanceOf<IEnumerable<Action<HttpMetricsEnrichmentContext>>>().And.Exactly(2).Items);
    }

    [TestCase(HttpStatusCode.OK, null, "token-1")]
    [TestCase(HttpStatusCode.Unauthorized, null, "token-1, token-2")]
    [TestCase(HttpStatusCode.Unauthorized, "Bearer error=\"insufficient_scope\"", "token-1")]
    public async Task The_second_token_is_rejected_by_a_second_401_that_does_not_mean_a_lack_of_permission(HttpStatusCode second, string? challenge, string rejected)
    {
        var tokens = new HostTokensStub();
        using var client = new BearerClient(sending, tokens: tokens);
        client.Api.Answer = (call, _) => call.Number == 1 || second is HttpStatusCode.Unauthorized ? ApiStub.Unauthorized(call.Number == 1 ? null : challenge) : null;

        Assert.That(await client.StatusOf(), Is.EqualTo(second));

        Assert.That(string.Join(", ", tokens.Rejected), Is.EqualTo(rejected));
    }

    /// <summary>Something in front of the API may send the other statuses without checking the token.</summary>
    [TestCase(200, true)]
    [TestCase(299, true)]
    [TestCase(300, false)]
    [TestCase(399, false)]
    [TestCase(400, true)]
    [TestCase(403, false)]
    [TestCase(407, false)]
    [TestCase(429, false)]
    [TestCase(499, true)]
    [TestCase(500, false)]
    public async Task A_success_or_an_error_of_the_caller_accepts_the_token(int status, bool isAccepted)
    {
        var tokens = new HostTokensStub();
        using var client = new BearerClient(sending, tokens: tokens);
        client.Api.Answer = (_, _) => new HttpResponseMessage((HttpStatusCode)status);

        await client.StatusOf();

        Assert.That(tokens.Accepted, Is.EqualTo(isAccepted ? ["token-1"] : Array.Empty<string>()));
    }

    /// <summary>A download, for example: the API redirects to a storage, which does not get the token.</summary>
    [TestCase("https://storage.example/file", 200, "token-2 https://api.apiax.io/rules")]
    [TestCase("https://other.apiax.io/file", 200, "token-2 https://api.apiax.io/rules")]
    [TestCase("https://storage.example/file", 404, "")]
    [TestCase("https://storage.example/file", 401, "")]
    public async Task A_host_that_redirects_the_request_with_the_new_token_to_a_success_accepts_the_token(string target, int status, string accepted)
    {
        var tokens = new HostTokensStub();
        using var client = new BearerClient(sending, tokens: tokens);
        client.Api.Answer = (call, request) =>
        {
            if (call.Number == 1)
                return ApiStub.Unauthorized();

            ApiStub.Redirect(request, target);
            return new HttpResponseMessage((HttpStatusCode)status);
        };

        await client.StatusOf();

        Assert.That((string.Join(", ", tokens.AcceptedBy), string.Join(", ", tokens.Rejected), client.Api.Calls.Count), Is.EqualTo((accepted, "token-1", 2)));
    }

    [Test]
    public async Task It_does_so_also_if_the_target_needs_the_token()
    {
        var tokens = new HostTokensStub();
        using var client = new BearerClient(sending, tokens: tokens);
        client.Api.Answer = (call, request) =>
        {
            if (call.Number == 2)
                ApiStub.Redirect(request, "https://other.apiax.io/file");
            return call.Number == 3 ? null : ApiStub.Unauthorized();
        };

        Assert.That(await client.StatusOf(), Is.EqualTo(HttpStatusCode.OK));

        Assert.That(tokens.AcceptedBy, Does.Contain("token-2 https://api.apiax.io/rules").And.Contain("token-2 https://other.apiax.io/file"));
    }

    /// <summary>Each entry has an exception with its stack.</summary>
    [Test]
    public async Task A_token_that_the_applications_provider_cannot_replace_is_logged_once_for_each_host()
    {
        using var client = new BearerClient(sending);
        client.Tokens.ReplacementFailure = new InvalidOperationException("no other token");
        client.Api.RejectsAll = true;

        for (var call = 0; call < 3; call++)
        {
            await client.StatusOf();
            await client.StatusOf("https://other.apiax.io/rules");
        }

        Assert.That(client.Logs.Of("NotReplaced").Count(), Is.EqualTo(2));
    }

    [Test]
    public async Task The_caller_gets_a_second_401()
    {
        using var client = new BearerClient(sending);
        client.Api.RejectsAll = true;

        Assert.That(await client.StatusOf(), Is.EqualTo(HttpStatusCode.Unauthorized));

        Assert.That(client.Api.Tokens, Is.EqualTo(["token-1", "token-2"]));
        Assert.That(client.Tokens.Rejected, Is.EqualTo(["token-1"]));
    }

    [TestCase("Bearer error=\"insufficient_scope\", scope=\"rules\"")]
    [TestCase("Basic realm=\"x\", Bearer realm=\"apiax\", error=\"insufficient_scope\"")]
    public async Task A_lack_of_permission_replaces_nothing(string challenge)
    {
        using var client = new BearerClient(sending);
        client.Api.Answer = (_, _) => ApiStub.Unauthorized(challenge);

        Assert.That(await client.StatusOf(), Is.EqualTo(HttpStatusCode.Unauthorized));

        Assert.That(client.Tokens.Rejected, Is.Empty);
        Assert.That(client.Api.Calls, Has.Count.EqualTo(1));
    }

    [TestCase(null)]
    [TestCase("Bearer error=\"invalid_token\"")]
    [TestCase("not a (challenge")]
    public async Task Any_other_challenge_or_none_replaces_the_token(string? challenge)
    {
        using var client = new BearerClient(sending);
        client.Api.Answer = (call, _) => call.Number == 1 ? ApiStub.Unauthorized(challenge) : null;

        Assert.That(await client.StatusOf(), Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase(HttpStatusCode.Forbidden)]
    [TestCase(HttpStatusCode.ProxyAuthenticationRequired)]
    [TestCase(HttpStatusCode.InternalServerError)]
    public async Task Only_a_401_replaces_the_token(HttpStatusCode status)
    {
        using var client = new BearerClient(sending);
        client.Api.Answer = (_, _) => new HttpResponseMessage(status);

        Assert.That(await client.StatusOf(), Is.EqualTo(status));

        Assert.That(client.Tokens.Rejected, Is.Empty);
        Assert.That(client.Api.Calls, Has.Count.EqualTo(1));
    }

    /// <summary>A gRPC call that fails at once has its status in the headers of a 200: 16 is UNAUTHENTICATED.</summary>
    [TestCase("2.0", "16", true)]
    [TestCase("3.0", "16", true)]
    [TestCase("2.0", "0", false)]
    [TestCase("2.0", "7", false)]
    [TestCase("2.0", null, false)]
    [TestCase("1.1", "16", false)]
    public async Task A_gRPC_call_that_is_not_authenticated_counts_as_a_401(string version, string? status, bool isRejected)
    {
        using var client = new BearerClient(sending);
        client.Api.Answer = (call, _) => call.Number == 1 ? Grpc(version, status) : null;

        using var response = await client.PostAsync(new Bodies.OwnContent(stream => stream.WriteAsync("the body"u8.ToArray(), 0, 8)));

        Assert.Multiple(() =>
        {
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(response.Headers.Contains("grpc-status"), Is.EqualTo(status is not null && !isRejected));
            Assert.That(client.Api.Tokens, Is.EqualTo(isRejected ? ["token-1", "token-2"] : new[] { "token-1" }));
            Assert.That(client.Api.Calls.Select(call => call.Body), Is.All.EqualTo("the body"));
            Assert.That(client.Tokens.Rejected, Is.EqualTo(isRejected ? ["token-1"] : Array.Empty<string>()));
            Assert.That(client.Logs.Of("TokenReplaced").Count(), Is.EqualTo(isRejected ? 1 : 0));
        });
    }

    [Test]
    public async Task A_gRPC_call_that_is_not_authenticated_twice_is_the_callers()
    {
        var tokens = new HostTokensStub();
        using var client = new BearerClient(sending, tokens: tokens);
        client.Api.Answer = (_, _) => Grpc("2.0", "16");

        using var response = await client.GetAsync();

        Assert.That(response.Headers.GetValues("grpc-status"), Is.EqualTo(["16"]));
        Assert.That((string.Join(", ", tokens.Rejected), tokens.Accepted.Count, client.Api.Calls.Count), Is.EqualTo(("token-1, token-2", 0, 2)));
    }

    /// <summary>A proxy in front of the API also answers 200 with a gRPC status, without checking the token.</summary>
    [Test]
    public async Task A_gRPC_call_that_fails_at_once_does_not_accept_the_token([Values("0", "7", "14")] string status, [Values] bool isReplaced)
    {
        var tokens = new HostTokensStub();
        using var client = new BearerClient(sending, tokens: tokens);
        client.Api.Answer = (call, _) => Grpc("2.0", isReplaced && call.Number == 1 ? "16" : status);

        await client.StatusOf();

        Assert.That(tokens.Accepted.Distinct(StringComparer.Ordinal), Is.EqualTo(status is "0" ? [isReplaced ? "token-2" : "token-1"] : Array.Empty<string>()));
    }

    [Test]
    public async Task When_replacements_are_rationed_the_caller_gets_the_401()
    {
        using var client = new BearerClient(sending);
        client.Tokens.IsRationed = true;
        client.Api.RejectsAll = true;

        using var response = await client.GetAsync();

        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("who are you?"));
        Assert.That(client.Api.Calls, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task When_no_replacement_can_be_obtained_the_caller_gets_the_401([Values] bool isOurs)
    {
        using var client = new BearerClient(sending);
        client.Tokens.ReplacementFailure = isOurs ? new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "down") : new TaskCanceledException("somebody else's");
        client.Api.RejectsAll = true;

        using var response = await client.GetAsync();

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("who are you?"));
        Assert.That(client.Logs.Of("NotReplaced").Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task The_401_is_open_while_the_replacement_is_fetched_and_closed_before_the_replay()
    {
        using var client = new BearerClient(sending);
        using var body = new TrackedContent();
        var wasClosed = (WhileFetched: true, AtReplay: false);
        client.Tokens.OnReplace = () => wasClosed.WhileFetched = body.IsDisposed;
        client.Api.Answer = (call, _) =>
        {
            if (call.Number == 1)
                return ApiStub.Unauthorized(content: body);

            wasClosed.AtReplay = body.IsDisposed;
            return null;
        };

        await client.StatusOf();

        Assert.That(wasClosed, Is.EqualTo((false, true)));
    }

    [Test]
    public async Task The_caller_gets_the_failure_of_the_replay()
    {
        using var client = new BearerClient(sending);
        var lost = new HttpRequestException("no connection");
        client.Api.Answer = (call, _) => call.Number == 1 ? ApiStub.Unauthorized() : throw lost;

        Assert.That(await Waiting.FailureOf<HttpRequestException>(client.GetAsync()), Is.SameAs(lost));
    }

    [Test]
    public async Task A_caller_that_cancels_during_the_replacement_is_cancelled()
    {
        using var client = new BearerClient(sending);
        using var cancellation = new CancellationTokenSource();
        using var body = new TrackedContent();
        var hold = client.Tokens.Hold = new Gate();
        client.Api.Answer = (_, _) => ApiStub.Unauthorized(content: body);
        var call = client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules"), cancellation.Token);
        await hold.Arrived;

        await cancellation.CancelAsync();

        await Waiting.FailureOf<OperationCanceledException>(call);
        await Waiting.UntilAsync(() => Task.FromResult(body.IsDisposed), "a response that nobody gets holds its connection");
        Assert.That(client.Api.Calls, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Without_RetryOnUnauthorized_an_API_that_rejects_new_tokens_is_a_warning()
    {
        using var client = new BearerClient(sending, options => options.RetryOnUnauthorized = false);
        client.Tokens.IsRationed = true;
        client.Api.RejectsAll = true;

        Assert.That(await client.StatusOf(), Is.EqualTo(HttpStatusCode.Unauthorized));

        await client.Logs.WaitForAsync("Rationed");
    }

    [Test]
    public async Task Without_RetryOnUnauthorized_a_replacement_that_fails_at_once_is_one_warning()
    {
        using var client = new BearerClient(sending, options => options.RetryOnUnauthorized = false);
        client.Tokens.ReplacementFailure = new InvalidOperationException("no other token");
        client.Api.RejectsAll = true;

        Assert.That(await client.StatusOf(), Is.EqualTo(HttpStatusCode.Unauthorized));

        Assert.That(client.Logs.Entries.Select(entry => entry.Event), Is.EqualTo(["NotReplaced"]));
    }

    /// <summary>The next one asks the provider at once.</summary>
    [Test]
    public async Task Nothing_is_logged_of_a_delay_if_the_applications_provider_does_not_delay()
    {
        using var client = new BearerClient(sending);
        client.Api.RejectsAll = true;

        await client.StatusOf();
        await client.StatusOf();

        Assert.That(client.Tokens.Rejected, Has.Count.EqualTo(2));
        Assert.That(client.Logs.Of("Rationed").Select(entry => entry.Message), Is.All.Not.Contains("delayed").And.Exactly(2).Items);
    }

    [Test]
    public async Task Without_RetryOnUnauthorized_a_replacement_that_brings_no_other_token_is_a_warning()
    {
        using var client = new BearerClient(sending, options => options.RetryOnUnauthorized = false);
        var hold = client.Tokens.Hold = new Gate();
        client.Tokens.IsRationed = true;
        client.Api.RejectsAll = true;

        Assert.That(await client.StatusOf(), Is.EqualTo(HttpStatusCode.Unauthorized));
        hold.Open();

        await client.Logs.WaitForAsync("Rationed");
    }

    [Test]
    public async Task Without_RetryOnUnauthorized_a_caller_that_has_its_401_cannot_cancel_the_replacement()
    {
        var hold = new Gate();
        var tokens = new TokensStub { Hold = hold, IsRationed = true };
        using var logs = new LogBook();
        using var api = new ApiStub { RejectsAll = true };
        using var invoker = new HttpMessageInvoker(new BearerTokenHandler(tokens, new ApiaxAuthOptions { RetryOnUnauthorized = false }, logs) { InnerHandler = api });
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules");
        using var cancellation = new CancellationTokenSource();
        using var response = sending is Sending.Sync ? invoker.Send(request, cancellation.Token) : await invoker.SendAsync(request, cancellation.Token);

        await cancellation.CancelAsync();
        hold.Open();

        await logs.WaitForAsync("Rationed");
    }

    [Test]
    public async Task Without_RetryOnUnauthorized_the_caller_gets_the_401_and_the_next_call_another_token()
    {
        using var client = new BearerClient(sending, options => options.RetryOnUnauthorized = false);
        client.Api.Rejected.Add("token-1");

        Assert.That(await client.StatusOf(), Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await client.StatusOf(), Is.EqualTo(HttpStatusCode.OK));

        Assert.That(client.Api.Tokens, Is.EqualTo(["token-1", "token-2"]));
    }

    [Test]
    public async Task A_401_from_an_unlisted_host_causes_no_token_request()
    {
        using var client = new BearerClient(sending);
        client.Api.RejectsAll = true;

        Assert.That(await client.StatusOf("https://evil.example/"), Is.EqualTo(HttpStatusCode.Unauthorized));

        Assert.That((client.Tokens.Requests, client.Tokens.Rejected.Count, client.Api.Calls.Count), Is.EqualTo((0, 0, 1)));
    }

    private static HttpResponseMessage Grpc(string version, string? status)
    {
        var answer = new HttpResponseMessage(HttpStatusCode.OK) { Version = new Version(version) };
        if (status is not null)
            answer.Headers.Add("grpc-status", status);

        return answer;
    }

    /// <summary>Records what it learns about each token.</summary>
    private sealed class HostTokensStub : IHostTokens
    {
        private readonly TokensStub _tokens = new();

        public List<string> Accepted { get; } = [];

        public List<string> AcceptedBy { get; } = [];

        public List<string> Rejected { get; } = [];

        public string Account => "anna";

        public bool IsWatched => true;

        public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => _tokens.GetTokenAsync(cancellationToken);

        public ValueTask<ApiaxAccessToken> GetTokenAsync(Uri api, CancellationToken cancellationToken) => GetTokenAsync(cancellationToken);

        public int Reject(ApiaxAccessToken token, Uri api)
        {
            Rejected.Add(token.Value);
            return 1;
        }

        public void Accept(ApiaxAccessToken token, Uri api)
        {
            Accepted.Add(token.Value);
            AcceptedBy.Add($"{token.Value} {api}");
        }

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) => _tokens.ReplaceTokenAsync(rejected, cancellationToken);

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, Uri api, CancellationToken cancellationToken) => ReplaceTokenAsync(rejected, cancellationToken);
    }

    private sealed class TrackedContent() : ByteArrayContent([1, 2, 3])
    {
        public bool IsDisposed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
