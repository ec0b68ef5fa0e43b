using System.Net;
using System.Net.Sockets;
using Apiax.Http.Handlers.Testing;

namespace Apiax.Http.Handlers.Tests.Testing;

[TestFixture]
internal sealed class SandboxFaultTests : SandboxTests
{
    [Test]
    public async Task The_requested_number_of_token_requests_fails_without_a_session()
    {
        Apiax.FailTokenRequests(503, times: 2, retryAfter: TimeSpan.FromSeconds(7));

        var failed = await Client.SignInAsync();
        Assert.That(failed.Status, Is.EqualTo(503));
        Assert.That(failed.Headers.RetryAfter?.Delta, Is.EqualTo(TimeSpan.FromSeconds(7)));
        Assert.That((await Client.SignInAsync()).Headers.RetryAfter, Is.Not.Null);
        Assert.That((await Client.SignInAsync()).Status, Is.EqualTo(200));
        Assert.That(Apiax.Logins, Is.EqualTo(1));
        Assert.That(Apiax.TokenRequests[0].Outcome, Is.EqualTo(SandboxTokenOutcome.Faulted));
    }

    [TestCase(204)]
    [TestCase(205)]
    [TestCase(304)]
    public async Task A_fault_with_a_status_that_allows_no_body_has_none_and_keeps_the_connection(int status)
    {
        Apiax.FailTokenRequests(status);
        Apiax.AnswerTokenRequests("text", "text/plain", status);
        var connections = 0;
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                connections++;
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });

        foreach (var expected in new[] { status, status, 400 })
        {
            using var response = await http.PostAsync(Apiax.TokenEndpoint, content: null);
            Assert.That(((int)response.StatusCode, connections), Is.EqualTo((expected, 1)));
        }
    }

    [TestCase(199)]
    [TestCase(600)]
    public void A_status_that_no_answer_can_have_is_refused_at_once(int status) => Assert.Multiple(() =>
    {
        Assert.That(() => Apiax.FailTokenRequests(status), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Apiax.AnswerTokenRequests("", statusCode: status), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Apiax.FailApiCalls(status), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Apiax.RejectionStatus = status, Throws.InstanceOf<ArgumentOutOfRangeException>());
    });

    [Test]
    public void A_fault_that_cannot_be_answered_is_refused_at_once() => Assert.Multiple(() =>
    {
        Assert.That(() => Apiax.FailTokenRequests(503, retryAfter: TimeSpan.FromTicks(-1)), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Apiax.AnswerTokenRequests(null!), Throws.ArgumentNullException);
        Assert.That(() => Apiax.AnswerTokenRequests("", null!), Throws.ArgumentNullException);
        Assert.That(() => Apiax.StubApi("/rules", json: null!), Throws.ArgumentNullException);
    });

    [Test]
    public async Task Faults_queue_up()
    {
        Apiax.FailTokenRequests(503);
        Apiax.AnswerTokenRequests("<html>Please sign in</html>", "text/html");
        Apiax.AnswerTokenRequests("""{"error":"unauthorized_client"}""", statusCode: 400);

        Assert.That((await Client.SignInAsync()).Status, Is.EqualTo(503));
        Assert.That((await Client.SignInAsync()).Status, Is.EqualTo(200));
        Assert.That((await Client.SignInAsync()).Error, Is.EqualTo("unauthorized_client"));
        Assert.That(Apiax.Logins, Is.Zero);
    }

    [Test]
    public async Task A_dropped_request_is_a_broken_connection_and_changes_nothing()
    {
        Apiax.DropTokenRequests();

        Assert.That(() => Client.SignInAsync(), Throws.InstanceOf<HttpRequestException>());
        Assert.That(Apiax.Logins, Is.Zero);
        Assert.That((await Client.SignInAsync()).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task A_dropped_answer_has_used_the_refresh_token_up()
    {
        var login = await Client.SignInAsync();
        Apiax.DropTokenAnswers();

        Assert.That(() => Client.RefreshAsync(login), Throws.InstanceOf<HttpRequestException>());
        Assert.That((await Client.RefreshAsync(login)).Error, Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task A_fault_may_apply_to_one_grant_only()
    {
        var login = await Client.SignInAsync();
        Apiax.FailTokenRequests(403, int.MaxValue, grantType: "refresh_token");
        Apiax.AnswerTokenRequests("<p>", "text/html", 404, grantType: "password");

        Assert.That((await Client.RefreshAsync(login)).Status, Is.EqualTo(403));
        Assert.That((await Client.SignInAsync()).Status, Is.EqualTo(404));
        Assert.That((await Client.SignInAsync()).Status, Is.EqualTo(200));
        Assert.That((await Client.RefreshAsync(login)).Status, Is.EqualTo(403));
    }

    [Test]
    public async Task A_hanging_answer_has_begun_and_does_not_end([Values(null, "gzip")] string? encoding)
    {
        Apiax.AnswerEncoding = encoding;
        Apiax.HangTokenAnswers();
        using var http = new HttpClient();
        using var form = new FormUrlEncodedContent([new("client_id", "integration-api"), new("grant_type", "password"), new("username", Apiax.Username), new("password", Apiax.Password)]);
        using var request = new HttpRequestMessage(HttpMethod.Post, Apiax.TokenEndpoint) { Content = form };

        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).Soon();
        var body = await response.Content.ReadAsStreamAsync();
        var begun = new byte[100];

        Assert.That((response.StatusCode, await body.ReadAsync(begun), Apiax.Logins), Is.EqualTo((HttpStatusCode.OK, 2, 1)));
        Assert.That(body.ReadAsync(begun).AsTask().IsCompleted, Is.False);
        await Apiax.DisposeAsync().AsTask().Soon();
    }

    [Test]
    public async Task A_hanging_refusal_has_the_status_of_a_refusal()
    {
        Apiax.HangTokenAnswers();
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, Apiax.TokenEndpoint) { Content = new FormUrlEncodedContent([]) };

        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).Soon();

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [TestCase("gzip", DecompressionMethods.GZip)]
    [TestCase("br", DecompressionMethods.Brotli)]
    [TestCase("deflate", DecompressionMethods.Deflate)]
    public async Task Answers_are_compressed_even_if_the_client_does_not_accept_it(string encoding, DecompressionMethods method)
    {
        Apiax.AnswerEncoding = encoding;
        using var http = new HttpClient(new HttpClientHandler { AutomaticDecompression = method });
        using var request = new HttpRequestMessage(HttpMethod.Post, Apiax.TokenEndpoint) { Content = new FormUrlEncodedContent([]) };
        Assert.That((await Client.PostAsync()).ContentEncoding, Is.EqualTo(encoding));

        using var response = await http.SendAsync(request);

        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("Missing form parameter: grant_type"));
        Assert.That(() => Apiax.AnswerEncoding = "zip", Throws.ArgumentException);
    }

    [Test]
    public async Task A_firewall_requires_a_user_agent()
    {
        Apiax.RequireUserAgent = true;
        Assert.That((await Client.SignInAsync()).Status, Is.EqualTo(403));
        Assert.That(Apiax.TokenRequests, Is.Empty);

        using var request = new HttpRequestMessage(HttpMethod.Post, Apiax.TokenEndpoint) { Content = new FormUrlEncodedContent([]) };
        request.Headers.UserAgent.ParseAdd("test/1.0");
        Assert.That((await Client.SendAsync(request)).Error, Is.EqualTo("invalid_request"));
    }

    [Test]
    public async Task A_fault_without_end_ends_when_cleared()
    {
        (Apiax.RealmEnabled, Apiax.RequireUserAgent, Apiax.RefuseHalfAssertions) = (false, true, true);
        (Apiax.AnswerEncoding, Apiax.RejectionStatus, Apiax.IngressTimeout) = ("br", 403, TimeSpan.FromTicks(1));
        Apiax.ClearFaults();
        Assert.That((Apiax.RealmEnabled, Apiax.RequireUserAgent, Apiax.RefuseHalfAssertions, Apiax.AnswerEncoding, Apiax.RejectionStatus, Apiax.IngressTimeout, Apiax.LoginDuration),
            Is.EqualTo((true, false, false, (string?)null, 401, Timeout.InfiniteTimeSpan, TimeSpan.FromMilliseconds(50))));
        Apiax.FailTokenRequests(503, int.MaxValue);
        Apiax.FailApiCalls(500, int.MaxValue);
        Apiax.RejectEveryToken = true;
        for (var i = 0; i < 3; i++)
            Assert.That((await Client.SignInAsync()).Status, Is.EqualTo(503));

        Apiax.DelayTokenRequests(TimeSpan.FromHours(1));
        Apiax.ClearFaults();
        var login = await Client.SignInAsync();
        Assert.That(await Client.CallAsync(login.AccessToken), Is.EqualTo(404));
    }

    [Test, Repeat(5)]
    public async Task Clearing_the_faults_ends_a_delay_that_has_begun()
    {
        Apiax.DelayTokenRequests(TimeSpan.FromDays(1));
        var delayed = Client.SignInAsync();
        await Apiax.TokenRequestsArrivedAsync(1);

        Apiax.ClearFaults();

        Assert.That((await delayed.Soon()).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Clearing_the_faults_ends_a_slow_login_that_has_begun()
    {
        Apiax.LoginDuration = TimeSpan.FromDays(1);
        Task<TokenReply>[] logins = [Client.SignInAsync(), Client.SignInAsync()];
        var refused = await Task.WhenAny(logins).Soon();

        Apiax.ClearFaults();

        Assert.That(((await refused).Status, (await logins.Single(login => login != refused).Soon()).Status), Is.EqualTo((401, 200)));
    }

    [Test]
    public async Task Held_requests_have_arrived_and_are_answered_when_the_last_hold_ends()
    {
        var first = Apiax.HoldTokenRequests();
        var second = Apiax.HoldTokenRequests();
        var logins = Task.WhenAll(Client.SignInAsync(), Client.SignInAsync());

        await Apiax.TokenRequestsArrivedAsync(2);
        first.Dispose();
        Assert.That(Apiax.TokenRequests, Has.Exactly(2).Property(nameof(SandboxTokenRequest.Outcome)).EqualTo(SandboxTokenOutcome.Pending));
        Assert.That(logins.IsCompleted, Is.False);

        second.Dispose();
        // Two logins of a user that overlap: one of them is refused, as Keycloak does it.
        Assert.That(await logins, Has.Some.Property(nameof(TokenReply.Status)).EqualTo(200));
    }

    [Test]
    public async Task A_held_request_whose_client_has_disconnected_opens_no_session()
    {
        using var hold = Apiax.HoldTokenRequests();
        using var impatience = new CancellationTokenSource();
        var login = Client.SignInAsync(cancellationToken: impatience.Token);
        await Apiax.TokenRequestsArrivedAsync(1);

        await impatience.CancelAsync();
        Assert.That(() => login, Throws.InstanceOf<OperationCanceledException>());

        await Apiax.TokenRequestsAnsweredAsync(1);
        Assert.That((Apiax.TokenRequests[0].Outcome, Apiax.Logins), Is.EqualTo((SandboxTokenOutcome.Abandoned, 0)));
    }

    [Test, MaxTime(15_000)] // Kestrel would wait 30 seconds for them.
    public async Task Stopping_drops_requests_that_are_held()
    {
        using var hold = Apiax.HoldTokenRequests();
        var login = Client.SignInAsync();
        await Apiax.TokenRequestsArrivedAsync(1);

        await Apiax.DisposeAsync();

        Assert.That(() => login, Throws.InstanceOf<HttpRequestException>());
        Assert.That(Apiax.TokenRequests[0].Outcome, Is.EqualTo(SandboxTokenOutcome.Abandoned));
    }

    [Test]
    public void Waiting_for_a_request_that_never_comes_ends()
    {
        Assert.That(() => Apiax.TokenRequestsArrivedAsync(1, TimeSpan.FromMilliseconds(1)),
            Throws.InstanceOf<TimeoutException>().With.Message.Contains("0 of 1 token requests"));
    }

    [Test]
    public async Task A_held_request_has_arrived_and_has_an_outcome_only_after_the_hold()
    {
        using var hold = Apiax.HoldTokenRequests();
        var login = Client.SignInAsync();
        await Apiax.TokenRequestsArrivedAsync(1);
        var answered = Apiax.TokenRequestsAnsweredAsync(1);
        Assert.That(() => Apiax.TokenRequestsAnsweredAsync(1, TimeSpan.FromMilliseconds(1)),
            Throws.InstanceOf<TimeoutException>().With.Message.Contains("0 of 1 token requests had an outcome"));
        Assert.That(answered.IsCompleted, Is.False);

        hold.Dispose();
        await answered.Soon();

        Assert.That(Apiax.TokenRequests[0].Outcome, Is.EqualTo(SandboxTokenOutcome.Granted));
        await login;
    }

    [Test]
    public async Task Delayed_requests_wait_in_real_time()
    {
        var delay = TimeSpan.FromMilliseconds(60);
        Apiax.DelayTokenRequests(delay);
        var started = TimeProvider.System.GetTimestamp();

        await Client.SignInAsync();

        Assert.That(TimeProvider.System.GetElapsedTime(started), Is.GreaterThan(delay - TimeSpan.FromMilliseconds(5)));
    }
}
