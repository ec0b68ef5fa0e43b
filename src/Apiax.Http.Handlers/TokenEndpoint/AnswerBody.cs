using System.IO.Compression;

namespace Apiax.Http.Handlers;

/// <summary>
/// The body of an answer: limited in size, decoded by its <c>Content-Encoding</c> (<see href="https://www.rfc-editor.org/rfc/rfc9110#section-8.4">RFC 9110
/// §8.4</see>).
/// </summary>
internal static class AnswerBody
{
    private const int MaxBytes = 1024 * 1024;
    private const int ChunkBytes = 16 * 1024;

    /// <returns>The bytes; null if they are too many for a token answer or cannot be decoded.</returns>
    public static async Task<byte[]?> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        var chunk = new byte[ChunkBytes];
        var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            int read;
            while ((read = await stream.ReadAsync(chunk, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (body.Length + read > MaxBytes)
                    return null;

                await body.WriteAsync(chunk.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            }
        }

        return content.Headers.ContentEncoding.Count == 0 ? body.ToArray() : Decode(body.ToArray(), content.Headers.ContentEncoding);
    }

    /// <summary>Whether it is empty or white space; not if it cannot be read.</summary>
    public static bool IsEmpty(byte[]? body) => body?.AsSpan().Trim(" \t\r\n"u8).IsEmpty == true;

    private static byte[]? Decode(byte[] body, ICollection<string> encodings)
    {
        byte[]? decoded = body;

        // The last encoding in the list was applied last.
        foreach (var encoding in encodings.Reverse())
        {
            if (decoded is { Length: > 0 })
                decoded = Decode(decoded, encoding);
        }

        return decoded;
    }

    private static byte[]? Decode(byte[] body, string encoding)
    {
        if (encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
            return body;

        using var encoded = new MemoryStream(body);
        using var decoder = DecoderOf(encoding, encoded, body[0]);
        if (decoder is null)
            return null;

        using var decoded = new MemoryStream();
        var chunk = new byte[ChunkBytes];
        try
        {
            int read;
            while ((read = decoder.Read(chunk)) > 0)
            {
                if (decoded.Length + read > MaxBytes)
                    return null;

                decoded.Write(chunk, 0, read);
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidOperationException or IOException)
        {
            return null;
        }

        return decoded.ToArray();
    }

    private static Stream? DecoderOf(string encoding, Stream encoded, byte first) => encoding.ToUpperInvariant() switch
    {
        "GZIP" or "X-GZIP" => new GZipStream(encoded, CompressionMode.Decompress),
        "BR" => new BrotliStream(encoded, CompressionMode.Decompress),

        // Some servers omit the zlib envelope that the standard requires; the first byte shows it.
        "DEFLATE" when (first & 0x0F) == 8 => new ZLibStream(encoded, CompressionMode.Decompress),
        "DEFLATE" => new DeflateStream(encoded, CompressionMode.Decompress),
        _ => null,
    };
}
