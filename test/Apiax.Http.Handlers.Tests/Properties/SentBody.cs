using System.IO.Compression;
using System.Net.Http.Json;
using System.Text;
using CsCheck;

namespace Apiax.Http.Handlers.Tests.Properties;

/// <summary>A body of some kind and size.</summary>
/// <param name="Kind">Its class.</param>
/// <param name="Size">How many bytes it is made of; some kinds write more.</param>
/// <param name="Piece">How many bytes are written at once.</param>
internal sealed record SentBody(BodyKind Kind, int Size, int Piece)
{
    public const int Limit = 4096;

    public static Gen<SentBody> Any { get; } = Gen.Select(
        Gen.Enum<BodyKind>(),
        Gen.OneOf(Gen.Int[0, 40], Gen.Int[0, 3 * Limit], Gen.Int[Limit - 2, Limit + 2]),
        Gen.Int[1, 3000],
        (kind, size, piece) => new SentBody(kind, size, piece));

    /// <summary>Whether the framework itself writes it twice.</summary>
    public bool IsSentAgainAsItIs => Kind <= BodyKind.PartsInMemory;

    /// <summary>Whether it can be written only once.</summary>
    public bool IsGoodForOnce => Kind >= BodyKind.OneWayStream;

    public HttpContent Create()
    {
        var bytes = Enumerable.Range(0, Size).Select(i => (byte)(i * 31 >> 3)).ToArray();
        HttpContent content = Kind switch
        {
            BodyKind.Bytes => new ByteArrayContent(bytes),
            BodyKind.Text => new StringContent(Convert.ToHexString(bytes), Encoding.UTF8, "text/x-own"),
            BodyKind.Form => new FormUrlEncodedContent([KeyValuePair.Create("a", Convert.ToHexString(bytes))]),
            BodyKind.Memory => new ReadOnlyMemoryContent(bytes),
            BodyKind.Stream => new StreamContent(new MemoryStream(bytes), Piece),
            BodyKind.StreamFromItsMiddle => new StreamContent(new MemoryStream(bytes) { Position = Size / 2 }),
            BodyKind.PartsInMemory => new MultipartFormDataContent { { new ByteArrayContent(bytes), "a" }, { new StreamContent(new MemoryStream(bytes)), "b", "b.bin" } },
            BodyKind.Own => new Bodies.OwnContent(stream => WriteAsync(stream, bytes)),
            BodyKind.OwnOfKnownLength => new Bodies.OwnContent(stream => WriteAsync(stream, bytes), Size),
            BodyKind.Compressed => new Bodies.OwnContent(stream => CompressAsync(stream, bytes)),
            BodyKind.OneWayStream => new StreamContent(new Bodies.OneWayStream(bytes), Piece),
            BodyKind.Copying => new Bodies.CopyingContent(new MemoryStream(bytes)),
            BodyKind.OneWayPart => new MultipartContent("mixed", "x") { new StringContent("a"), new StreamContent(new Bodies.OneWayStream(bytes)) },
            BodyKind.Json => JsonContent.Create(new { Rows = Bodies.Once([.. bytes]) }),
            _ => JsonContent.Create(Bodies.OnceAsync([.. bytes])),
        };
        content.Headers.TryAddWithoutValidation("Content-Language", ["de", "fr"]);
        return content;
    }

    private async Task WriteAsync(Stream stream, byte[] bytes)
    {
        for (var from = 0; from < bytes.Length; from += Piece)
            await stream.WriteAsync(bytes.AsMemory(from, Math.Min(Piece, bytes.Length - from)));
    }

    private async Task CompressAsync(Stream stream, byte[] bytes)
    {
        await using var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
        await WriteAsync(gzip, bytes);
    }
}

/// <summary>First those that are sent again as they are, last those that can be written only once.</summary>
internal enum BodyKind
{
    Bytes,
    Text,
    Form,
    Memory,
    Stream,
    StreamFromItsMiddle,
    PartsInMemory,
    Own,
    OwnOfKnownLength,
    Compressed,
    OneWayStream,
    Copying,
    OneWayPart,
    Json,
    JsonAsynchronous,
}
