using System.Globalization;
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

    private sealed class FreshTokens : IApiaxAccessTokenProvider
    {
        private int _number;

        public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => new(Next());

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) => new(Next());

        private ApiaxAccessToken Next() => new($"token-{Interlocked.Increment(ref _number)}", DateTimeOffset.MaxValue);
    }
}
