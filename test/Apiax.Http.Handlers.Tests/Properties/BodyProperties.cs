using System.Globalization;
using System.Net;
using CsCheck;

namespace Apiax.Http.Handlers.Tests.Properties;

/// <summary>
/// Bodies of every kind through every sequence of answers, over a real socket: equal to the first send, or not sent again. <c>APIAX_BODIES</c> in the
/// environment sets how many; a failure prints its seed, which <c>CsCheck_Seed</c> replays.
/// </summary>
[TestFixture]
internal sealed class BodyProperties
{
    private static readonly Gen<int[]> Script = Gen.OneOf(Gen.Const(401), Gen.Const(307), Gen.Const(308), Gen.Const(303), Gen.Const(200)).Array[0, 5];

    [Test]
    public async Task The_second_body_equals_the_first()
    {
        var runs = int.Parse(Environment.GetEnvironmentVariable("APIAX_BODIES") ?? "3000", CultureInfo.InvariantCulture);
        using var server = new BodyServer();
        var options = new ApiaxAuthOptions { MaxReplayBodySize = SentBody.Limit };
        options.ApiHosts.Add(server.Authority);
        using var http = new HttpClient(new BearerTokenHandler(new FreshTokens(), options) { InnerHandler = new SocketsHttpHandler() });

        await Gen.Select(SentBody.Any, Script, Gen.Bool).SampleAsync(
            async (body, script, isAsync) =>
            {
                var call = server.Open(script);
                var status = await StatusOf(http, call, body, isAsync || body.Kind >= BodyKind.Json);
                Judge(body, script, call.Received, status);
            },
            iter: runs);

        Assert.That(RecordingBuffer.TotalBytes, Is.Zero);
    }

    /// <summary>As for a primary handler that compresses or signs the body. The stream of a body in memory is the same each time: once it is closed, the body cannot be read again.</summary>
    [Test]
    public async Task A_body_that_the_primary_handler_reads_as_a_stream_is_the_same_twice_or_sent_once() =>
        await Gen.Select(SentBody.Any, Gen.Int[1, 5000], Gen.Bool, Gen.Bool).SampleAsync(
            async (body, piece, closes, isAsync) =>
            {
                using var primary = new StreamReading(piece, closes);
                using var http = new HttpClient(new BearerTokenHandler(new FreshTokens(), new ApiaxAuthOptions { MaxReplayBodySize = SentBody.Limit }) { InnerHandler = primary });
                using var content = body.Create();
                using var request = new HttpRequestMessage(HttpMethod.Post, "https://api.apiax.io/") { Content = content };
                using var response = isAsync || body.Kind >= BodyKind.Json ? await http.SendAsync(request).Soon() : http.Send(request);

                using var expected = new MemoryStream();
                await body.Create().CopyToAsync(expected);
                var (read, sends) = (primary.Read, body.Kind <= BodyKind.Memory ? !closes : expected.Length <= SentBody.Limit);
                if (read.Count != (sends ? 2 : 1) || read[0].Length != expected.Length || !read[^1].AsSpan().SequenceEqual(read[0]) || RecordingBuffer.TotalBytes != 0)
                    throw new InvalidOperationException($"{body}: {string.Join(", ", read.Select(each => each.Length))} instead of {expected.Length}");
            },
            iter: 2000,
            threads: 1);

    /// <returns>Null if the body could not be written.</returns>
    private static async Task<int?> StatusOf(HttpClient http, BodyServer.Call call, SentBody body, bool isAsync)
    {
        using var content = body.Create();
        using var request = new HttpRequestMessage(HttpMethod.Post, call.Uri) { Content = content };
        try
        {
            using var response = isAsync ? await http.SendAsync(request).Soon() : http.Send(request);
            return (int)response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static void Judge(SentBody body, int[] script, List<BodyServer.ReceivedBody> received, int? status)
    {
        var first = received[0];
        var isRepeatable = body.IsSentAgainAsItIs || first.Bytes.Length <= SentBody.Limit;
        var (sent, expected) = Expect(script, isRepeatable);

        // A redirect with a body over the limit is handled by .NET alone: what it then sends is not tested here.
        if (!isRepeatable && body.IsGoodForOnce && script.Length > 0 && script[0] is 307 or 308)
            return;

        if (status != expected || received.Count != sent || received.Exists(one => one.Method is "POST" ? !one.Is(first) : one.Bytes.Length > 0))
            throw new InvalidOperationException($"{body} through {string.Join(", ", script)}: {status} instead of {expected}, {sent} sends: {string.Join("; ", received)}");
    }

    /// <summary>The rules again, in a simple form: a redirect removes the token, and after each kind of 401 the request is sent again once.</summary>
    private static (int Sent, int Status) Expect(int[] script, bool isRepeatable)
    {
        var (isStripped, isResent, isReplaced, hasBody) = (false, false, false, true);
        for (var i = 0; ; i++)
        {
            var status = i < script.Length ? script[i] : 200;
            isStripped |= status / 100 is 3;
            hasBody &= status is not 303;
            if (status is 200 || (status is 401 && ((isStripped ? isResent : isReplaced) || (hasBody && !isRepeatable))))
                return (i + 1, status);

            if (status is 401)
                (isStripped, isResent, isReplaced) = (false, isResent || isStripped, isReplaced || !isStripped);
        }
    }

    /// <summary>Answers the first send with 401.</summary>
    private sealed class StreamReading(int piece, bool closes) : HttpMessageHandler
    {
        public List<byte[]> Read { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var read = new MemoryStream();
            var stream = await request.Content!.ReadAsStreamAsync(cancellationToken);
            await stream.CopyToAsync(read, piece, cancellationToken);
            return Answer(stream, read);
        }

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var read = new MemoryStream();
            var stream = request.Content!.ReadAsStream(cancellationToken);
            stream.CopyTo(read, piece);
            return Answer(stream, read);
        }

        private HttpResponseMessage Answer(Stream stream, MemoryStream read)
        {
            if (closes)
                stream.Dispose();

            Read.Add(read.ToArray());
            return new HttpResponseMessage(Read.Count == 1 ? HttpStatusCode.Unauthorized : HttpStatusCode.OK);
        }
    }

    private sealed class FreshTokens : IApiaxAccessTokenProvider
    {
        private int _number;

        public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => new(Next());

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) => new(Next());

        private ApiaxAccessToken Next() => new($"token-{Interlocked.Increment(ref _number)}", DateTimeOffset.MaxValue);
    }
}
