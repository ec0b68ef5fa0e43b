using System.Net;
using System.Net.Http.Json;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>Bodies through Kestrel: HTTP/1.1 and HTTP/2, where an answer may come before the body has ended.</summary>
[TestFixture("1.1")]
internal class BodyTests(string version)
{
    private readonly Version _version = Version.Parse(version);
    private readonly List<byte[]> _bodies = [];
    private WebApplication _app = null!;
    private HttpClient _http = null!;
    private Func<HttpContext, Task> _answer = null!;

    private static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    /// <summary>The number of bytes in all recordings of the process.</summary>
    private static object Recorded => typeof(BearerTokenHandler).Assembly.GetType("Apiax.Http.Handlers.RecordingBuffer")!.GetProperty("TotalBytes")!.GetValue(null)!;

    private bool IsHttp2 => _version.Major == 2;

    [SetUp]
    public async Task StartAsync()
    {
        _bodies.Clear();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = IsHttp2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        });
        _app = builder.Build();
        _app.Run(context => _answer(context));
        await _app.StartAsync();

        var options = new ApiaxAuthOptions();
        options.ApiHosts.Add(new Uri(_app.Urls.Single()).Authority);
        _http = new HttpClient(new BearerTokenHandler(new Tokens(), options) { InnerHandler = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(20) } }) { BaseAddress = new Uri(_app.Urls.Single()) };
        _answer = ReadAndAnswerAsync;
    }

    [TearDown]
    public async Task StopAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [TestCase(10)]
    [TestCase(100_000)]
    public async Task Rows_that_can_be_read_once_arrive_twice(int rows)
    {
        using var response = await SendAsync(JsonContent.Create(new { Rows = Once(rows) }));

        Assert.That((response.StatusCode, _bodies.Count), Is.EqualTo((rows > 10 ? HttpStatusCode.Unauthorized : HttpStatusCode.OK, rows > 10 ? 1 : 2)));
        Assert.That(_bodies[^1], Is.EqualTo(_bodies[0]));
        Assert.That(Recorded, Is.Zero);
    }

    [Test]
    public async Task A_body_that_waits_for_a_100_can_be_sent_again_after_a_401()
    {
        _answer = async context =>
        {
            if (context.Request.Headers.Authorization == "Bearer token-1")
                context.Response.StatusCode = 401;
            else
                await ReadAndAnswerAsync(context);
        };
        var writings = 0;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Version = _version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.ExpectContinue = true;
        request.Content = new OwnContent(async stream =>
        {
            writings++;
            await stream.WriteAsync(new byte[5_000_000]);
        });

        using var response = await _http.SendAsync(request, Soon);

        Assert.That((response.StatusCode, writings, _bodies.Single().Length), Is.EqualTo((HttpStatusCode.OK, 1, 5_000_000)));
    }

    [Test]
    public async Task A_call_that_is_cancelled_while_its_body_is_sent_returns_the_memory()
    {
        using var cancelled = new CancellationTokenSource();
        using var body = new OwnContent(async stream =>
        {
            await stream.WriteAsync(new byte[1000]);
            Assert.That(Recorded, Is.Positive);
            await cancelled.CancelAsync();
            await new TaskCompletionSource().Task.WaitAsync(cancelled.Token);
        });

        Assert.That(() => SendAsync(body, cancelled.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Recorded, Is.Zero);
    }

    [Test]
    public async Task Trailers_of_the_second_answer_arrive()
    {
        _answer = async context =>
        {
            await ReadAsync(context, []);
            context.Response.StatusCode = _bodies.Count == 1 ? 401 : 200;
            await context.Response.StartAsync();
            await context.Response.WriteAsync("answer");
            context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers.Append("x-end", "2");
        };

        using var response = await SendAsync(new OwnContent(stream => stream.WriteAsync(new byte[100]).AsTask()));

        Assert.That(await response.Content.ReadAsStringAsync(Soon), Is.EqualTo("answer"));
        Assert.That(response.TrailingHeaders.Contains("x-end"), Is.EqualTo(IsHttp2), "Kestrel sends trailers over HTTP/2");
        Assert.That(_bodies, Has.Count.EqualTo(2));
    }

    private static IEnumerable<int> Once(int rows)
    {
        var reader = new Queue<int>(Enumerable.Range(0, rows));
        return Rows();

        IEnumerable<int> Rows()
        {
            while (reader.TryDequeue(out var row))
                yield return row;
        }
    }

    private Task<HttpResponseMessage> SendAsync(HttpContent content, CancellationToken? cancellationToken = null) => _http.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, "/") { Content = content, Version = _version, VersionPolicy = HttpVersionPolicy.RequestVersionExact },
        HttpCompletionOption.ResponseHeadersRead,
        cancellationToken ?? Soon);

    private async Task ReadAndAnswerAsync(HttpContext context)
    {
        await ReadAsync(context, []);
        context.Response.StatusCode = context.Request.Headers.Authorization == "Bearer token-1" ? 401 : 200;
    }

    private async Task ReadAsync(HttpContext context, byte[] before)
    {
        using var body = new MemoryStream();
        await body.WriteAsync(before);
        await context.Request.Body.CopyToAsync(body);
        _bodies.Add(body.ToArray());
    }

    [TestFixture]
    internal sealed class OverHttp2() : BodyTests("2.0")
    {
        /// <summary>Over HTTP/1.1 .NET fails as soon as the server closes the connection.</summary>
        [Test]
        public async Task Forty_megabytes_in_memory_that_the_server_does_not_read_are_sent_again([Values] bool inMemory)
        {
            _answer = async context =>
            {
                if (context.Request.Headers.Authorization == "Bearer token-1")
                    context.Response.StatusCode = 401;
                else
                    await ReadAndAnswerAsync(context);
            };
            var bytes = new byte[40 * 1024 * 1024];
            using HttpContent content = inMemory ? new ByteArrayContent(bytes) : new OwnContent(stream => stream.WriteAsync(bytes).AsTask());

            using var response = await SendAsync(content);

            Assert.That(response.StatusCode, Is.EqualTo(inMemory ? HttpStatusCode.OK : HttpStatusCode.Unauthorized));
            Assert.That(_bodies.Sum(body => body.Length), Is.EqualTo(inMemory ? bytes.Length : 0));
            Assert.That(Recorded, Is.Zero);
        }

        /// <summary>Like a bidirectional gRPC call: the second half of the body depends on the answer.</summary>
        [Test]
        public async Task A_body_continues_while_its_answer_is_read()
        {
            _answer = async context =>
            {
                var half = new byte[4];
                await context.Request.Body.ReadExactlyAsync(half);
                await context.Response.StartAsync();
                await context.Response.Body.FlushAsync();
                await ReadAsync(context, [.. half]);
            };
            var answered = new TaskCompletionSource();
            using var response = await SendAsync(new OwnContent(async stream =>
            {
                await stream.WriteAsync("the "u8.ToArray());
                await stream.FlushAsync();
                await answered.Task;
                await stream.WriteAsync("body"u8.ToArray());
            }));

            Assert.That(Recorded, Is.Zero, "given back before the body has ended");
            answered.SetResult();
            await response.Content.ReadAsByteArrayAsync(Soon);

            Assert.That(Encoding.UTF8.GetString(_bodies.Single()), Is.EqualTo("the body"));
        }
    }

    private sealed class Tokens : IApiaxAccessTokenProvider
    {
        public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => new(new ApiaxAccessToken("token-1", DateTimeOffset.MaxValue));

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) =>
            new(new ApiaxAccessToken("token-2", DateTimeOffset.MaxValue));
    }

    private sealed class OwnContent(Func<Stream, Task> write) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => write(stream);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
