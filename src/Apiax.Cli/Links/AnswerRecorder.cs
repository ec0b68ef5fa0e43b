using System.Net.Http.Headers;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>Records token answers, and passes them unchanged to the library's own client.</summary>
internal sealed class AnswerRecorder(HttpMessageHandler handler, TimeProvider time) : DelegatingHandler(handler)
{
    // One more than the client reads: an answer that is too large for it stays too large.
    private const int MaxBytes = (1024 * 1024) + 1;

    /// <summary>The last token answer, if any.</summary>
    public TokenJson? Answer { get; private set; }

    /// <summary>The server's time in that answer; the local time if it has none.</summary>
    public DateTimeOffset ServerTime { get; private set; }

    /// <summary>When it arrived, by the local clock.</summary>
    public DateTimeOffset AnsweredOn { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var sentOn = time.GetUtcNow();
        var response = await base.SendAsync(request, cancellationToken);
        try
        {
            var body = await ReadAsync(response.Content, cancellationToken);
            AnsweredOn = time.GetUtcNow();
            ServerTime = response.Headers.Date ?? sentOn;
            using var copy = Copy(body, response.Content.Headers);
            Answer = TokenJson.Parse(await AnswerBody.ReadAsync(copy, cancellationToken));
            response.Content = Copy(body, copy.Headers);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private static async Task<byte[]> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var body = new byte[MaxBytes];
        var length = await stream.ReadAtLeastAsync(body, MaxBytes, throwOnEndOfStream: false, cancellationToken);
        return body[..length];
    }

    private static ByteArrayContent Copy(byte[] body, HttpContentHeaders headers)
    {
        var copy = new ByteArrayContent(body);
        copy.Headers.ContentType = headers.ContentType;
        foreach (var encoding in headers.ContentEncoding)
            copy.Headers.ContentEncoding.Add(encoding);

        return copy;
    }
}
