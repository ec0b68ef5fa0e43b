using System.IO.Compression;
using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Testing;

/// <summary>What may be in front of the realm: a firewall and compression.</summary>
internal sealed class RealmFront
{
    /// <summary>Whether a firewall's page answers a request without <c>User-Agent</c>.</summary>
    public bool RequiresUserAgent { get; set; }

    /// <summary>How answers are encoded, regardless of what the client accepts; not encoded if null.</summary>
    public string? Encoding { get; set; }

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (RequiresUserAgent && context.Request.Headers.UserAgent.Count == 0)
            next = TokenFault.Status(StatusCodes.Status403Forbidden, retryAfter: null).AnswerAsync;

        return Encoding is { } encoding ? EncodeAsync(context, next, encoding) : next(context);
    }

    public static Stream Encoder(Stream output, string encoding) => encoding switch
    {
        "gzip" => new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true),
        "br" => new BrotliStream(output, CompressionLevel.Fastest, leaveOpen: true),
        "deflate" => new ZLibStream(output, CompressionLevel.Fastest, leaveOpen: true),
        _ => throw new ArgumentException($"'{encoding}' is not one of gzip, br, deflate.", nameof(encoding)),
    };

    private static async Task EncodeAsync(HttpContext context, RequestDelegate next, string encoding)
    {
        var wire = context.Response.Body;
        using var plain = new MemoryStream();
        context.Response.Body = plain;
        await next(context).ConfigureAwait(false);
        context.Response.Body = wire;
        if (plain.Length == 0)
            return;

        context.Response.ContentLength = null;
        context.Response.Headers.ContentEncoding = encoding;
        var encoder = Encoder(wire, encoding);
        await using (encoder.ConfigureAwait(false))
            await encoder.WriteAsync(plain.GetBuffer().AsMemory(0, (int)plain.Length), context.RequestAborted).ConfigureAwait(false);
    }
}
