using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests;

/// <summary>.NET's exceptions quote an answer that is not HTTP: a token, or the form that was sent.</summary>
[TestFixture]
internal sealed class VisibleCauseTests
{
    private const string Mark = "MARKED";
    private static readonly string[] Spellings = [Mark, Mark[1..], BitConverter.ToString(Encoding.ASCII.GetBytes(Mark))];

    [TestCase("{\"access_token\":\"MARKED\"}\r\n\r\n", HttpRequestError.InvalidResponse)]
    [TestCase("grant_type=password&username=anna&password=MARKED\r\n\r\n", HttpRequestError.InvalidResponse)]
    [TestCase("HTTP/1.1 MARKED\r\n\r\n", HttpRequestError.InvalidResponse)]
    [TestCase("HTTP/1.1 200 OK\r\n{\"access_token\":\"MARKED\"}\r\n\r\n", HttpRequestError.InvalidResponse)]
    [TestCase("HTTP/1.1 200 OK\r\npassword=MARKED\r\n\r\n", HttpRequestError.InvalidResponse)]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nMARKED\r\n", HttpRequestError.InvalidResponse)]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1MARKED\r\n{\r\n0\r\n\r\n", HttpRequestError.InvalidResponse)]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nMARKED\r\n", HttpRequestError.InvalidResponse)]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\npassword=MARKED\r\n\r\n", HttpRequestError.InvalidResponse)]
    public async Task An_answer_that_is_not_HTTP_is_quoted_neither_in_the_exception_nor_in_the_log(string answer, HttpRequestError error)
    {
        await using var server = new LoopbackServer(_ => answer);
        using var logs = new LogBook();
        await using var provider = ApiaxAccessTokens.Create(Options(server.Port), timeProvider: new FakeTimeProvider(), loggerFactory: logs);

        var failure = await Waiting.FailureOf(provider.GetTokenAsync());

        await logs.WaitForAsync("NoToken");
        Assert.That(logs.Entries.SelectMany(entry => new[] { entry.Message, entry.Details }).Append(failure.ToString()).Where(Quotes), Is.Empty);
        Assert.That((failure.Reason, (failure.InnerException as HttpRequestException)?.HttpRequestError), Is.EqualTo((ApiaxAuthFailure.Unavailable, error)));
    }

    [Test]
    public async Task It_is_not_quoted_in_the_log_of_a_sign_out_either()
    {
        await using var server = new LoopbackServer(_ => "token=MARKED\r\n\r\n");
        using var logs = new LogBook();
        using var handler = new SocketsHttpHandler();
        var options = Options(server.Port);
        options.TokenEndpoint = new Uri(options.TokenEndpoint, "/realms/apiax/protocol/openid-connect/token");

        await new SessionEnd(() => new HandlerLease(handler), new FakeTimeProvider(), logs.CreateLogger("")).EndReplacedAsync(options, Mark).Soon();

        Assert.That(logs.Of("NotSignedOut").Single().Details, Does.Contain("InvalidResponse").And.Not.Contains(Mark));
    }

    [Test]
    public async Task A_proxy_that_refuses_is_named_without_its_password()
    {
        await using var proxy = new LoopbackServer(_ => "HTTP/1.1 407 MARKED\r\nContent-Length: 0\r\n\r\n");
        using var handler = new SocketsHttpHandler { Proxy = new WebProxy($"http://anna:{Mark}@127.0.0.1:{proxy.Port}") };
        var options = Options(proxy.Port);
        options.TokenEndpoint = new Uri("https://login.bank.example/token");
        await using var provider = ApiaxAccessTokens.Create(options, handler: handler, timeProvider: new FakeTimeProvider());

        var failure = await Waiting.FailureOf(provider.GetTokenAsync());

        Assert.That(failure.ToString(), Does.Contain("ProxyTunnelError").And.Not.Contains(Mark));
        Assert.That((failure.InnerException as HttpRequestException)?.HttpRequestError, Is.EqualTo(HttpRequestError.ProxyTunnelError));
    }

    [Test]
    public void An_exception_that_may_quote_is_left_out_at_any_depth()
    {
        var quoting = new HttpRequestException(HttpRequestError.InvalidResponse, Mark);
        Exception[] all =
        [
            new TaskCanceledException("canceled", quoting),
            new InvalidOperationException(Mark, quoting),
            new AggregateException(new HttpRequestException(HttpRequestError.ConnectionError, "refused"), quoting),
            new HttpRequestException(Mark),
            new IOException(Mark),
            new HttpIOException(HttpRequestError.ResponseEnded, Mark, quoting),
        ];

        Assert.That(all.Select(each => VisibleCause.Of(each).ToString()), Has.None.Contains(Mark));
    }

    [Test]
    public void Instead_of_its_message_an_exception_s_type_error_and_status_are_shown()
    {
        const string Rest = " Its message is not shown: it may quote the answer.";

        Assert.Multiple(() =>
        {
            Assert.That(VisibleCause.Of(new HttpRequestException(Mark, inner: null, HttpStatusCode.BadGateway)).Message, Is.EqualTo("HttpRequestException (Unknown, status 502)." + Rest));
            Assert.That(VisibleCause.Of(new HttpRequestException(HttpRequestError.InvalidResponse, Mark)).Message, Is.EqualTo("HttpRequestException (InvalidResponse)." + Rest));
            Assert.That(VisibleCause.Of(new HttpIOException(HttpRequestError.ResponseEnded, Mark)).Message, Is.EqualTo("HttpIOException (ResponseEnded)." + Rest));
            Assert.That(VisibleCause.Of(new IOException(Mark)).Message, Is.EqualTo("IOException (Unknown)." + Rest));
        });
    }

    [Test]
    public void The_system_s_error_is_kept()
    {
        var reset = new SocketException((int)SocketError.ConnectionReset);
        var tls = new AuthenticationException("the certificate is not trusted");

        Assert.Multiple(() =>
        {
            Assert.That(VisibleCause.Of(new HttpRequestException(Mark, new IOException(Mark, reset))).InnerException, Is.SameAs(reset));
            Assert.That(VisibleCause.Of(new HttpRequestException(Mark, tls)).InnerException, Is.SameAs(tls));
        });
    }

    [TestCase(HttpRequestError.NameResolutionError)]
    [TestCase(HttpRequestError.ConnectionError)]
    [TestCase(HttpRequestError.SecureConnectionError)]
    public void A_failure_before_the_request_is_sent_is_shown_unchanged(HttpRequestError error)
    {
        var failure = new HttpRequestException(error, "refused", new IOException("reset"));
        var foreign = new NotSupportedException("a handler's own");

        Assert.That((VisibleCause.Of(failure), VisibleCause.Of(foreign)), Is.EqualTo((failure, foreign)));
    }

    private static bool Quotes(string text) => Spellings.Any(spelling => text.Contains(spelling, StringComparison.Ordinal));

    private static ApiaxAuthOptions Options(int port) => new()
    {
        TokenEndpoint = new Uri($"http://127.0.0.1:{port}/token"),
        Username = "anna",
        Password = "right",

        // Too short for another attempt.
        AttemptTimeout = TimeSpan.FromSeconds(2),
        TokenTimeout = TimeSpan.FromSeconds(2),
    };
}
