using System.IO.Compression;
using System.Text;
using Apiax.Http.Handlers.Testing;

namespace Apiax.Http.Handlers.Tests;

/// <summary>An answer is decoded by its <c>Content-Encoding</c>, whether or not the client requested one, and with any primary handler.</summary>
[TestFixture]
internal sealed class AnswerBodyTests
{
    private const int Largest = 1024 * 1024;

    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"access_token":"t1"}""");

    private static IEnumerable<TestCaseData<Func<HttpMessageHandler?>>> Primaries =>
    [
        new(() => null) { TestName = "{m}(the default)" },
        new(() => new SocketsHttpHandler()) { TestName = "{m}(sockets)" },
        new(() => new SocketsHttpHandler { AutomaticDecompression = System.Net.DecompressionMethods.All }) { TestName = "{m}(sockets that decode)" },
        new(() => new HttpClientHandler { AutomaticDecompression = System.Net.DecompressionMethods.GZip }) { TestName = "{m}(a handler that decodes gzip alone)" },
        new(() => new Passing(new HttpClientHandler())) { TestName = "{m}(a handler around another)" },
    ];

    [TestCaseSource(nameof(Primaries))]
    public async Task Over_any_primary_handler_a_compressed_answer_is_read(Func<HttpMessageHandler?> primary)
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        var options = new ApiaxAuthOptions();
        apiax.Configure(options);
        using var handler = primary();

        foreach (var encoding in (string[])["gzip", "br", "deflate"])
        {
            apiax.AnswerEncoding = encoding;
            await using var tokens = ApiaxAccessTokens.Create(options, handler: handler);
            Assert.That((await tokens.GetTokenAsync().Soon()).Value, Does.StartWith("ey"), encoding);
        }

        // A refusal is decoded as well.
        apiax.SetClient(SandboxClientKind.Disabled);
        await using var refused = ApiaxAccessTokens.Create(options, handler: handler);
        Assert.That((await Waiting.FailureOf(refused.GetTokenAsync())).Error, Is.EqualTo("invalid_client"));
    }

    [TestCase("gzip", "gzip")]
    [TestCase("GZIP", "gzip")]
    [TestCase("x-gzip", "gzip")]
    [TestCase("br", "br")]
    [TestCase("deflate", "zlib")]
    [TestCase("deflate", "deflate", TestName = "{m}(deflate without its envelope)")]
    [TestCase("identity", "")]
    [TestCase("gzip, br", "gzip br")]
    [TestCase("br, identity, deflate", "br deflate")]
    public async Task It_is_decoded_in_the_order_of_its_encodings(string header, string steps) =>
        Assert.That(await ReadAsync(Encode(Body, steps), header), Is.EqualTo(Body));

    [TestCase("zstd", "")]
    [TestCase("gzip", "")]
    [TestCase("gzip", "br")]
    [TestCase("br", "gzip")]
    [TestCase("deflate", "gzip")]
    [TestCase("br, gzip", "gzip br")]
    public async Task An_undecodable_body_is_not_an_answer(string header, string steps) =>
        Assert.That(await ReadAsync(Encode(Body, steps), header), Is.Null);

    [TestCase("gzip", "gzip")]
    [TestCase("br", "br")]
    [TestCase("deflate", "zlib")]
    public async Task Half_of_it_is_no_answer(string header, string steps)
    {
        var whole = Encode(Encoding.UTF8.GetBytes($$"""{"access_token":"{{new string('t', 1000)}}","x":"{{Guid.NewGuid()}}"}"""), steps);

        Assert.That(TokenJson.Parse(await ReadAsync(whole[..(whole.Length / 2)], header)), Is.Null);
    }

    [TestCase("gzip", "gzip")]
    [TestCase("br", "br")]
    [TestCase("deflate", "deflate")]
    public async Task A_megabyte_counts_after_decoding(string header, string steps)
    {
        var largest = Encode(new byte[Largest], steps);
        Assert.That(largest, Has.Length.LessThan(Largest / 100));

        Assert.That(await ReadAsync(largest, header), Has.Length.EqualTo(Largest));
        Assert.That(await ReadAsync(Encode(new byte[Largest + 1], steps), header), Is.Null);
    }

    [Test]
    public async Task A_body_that_is_small_in_transit_and_large_when_decoded_is_not_read_to_its_end()
    {
        var bomb = Encode(new byte[64 * Largest], "gzip br");
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.That(await ReadAsync(bomb, "gzip, br"), Is.Null);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(8 * Largest));
    }

    [Test]
    public async Task An_empty_body_stays_empty_whatever_its_encoding() => Assert.That(await ReadAsync([], "gzip"), Is.Empty);

    private static async Task<byte[]?> ReadAsync(byte[] body, string encodings)
    {
        using var content = new ByteArrayContent(body);
        foreach (var encoding in encodings.Split(", "))
            content.Headers.ContentEncoding.Add(encoding);

        return await AnswerBody.ReadAsync(content, CancellationToken.None);
    }

    private static byte[] Encode(byte[] body, string steps) => steps.Split(' ', StringSplitOptions.RemoveEmptyEntries).Aggregate(body, (bytes, step) =>
    {
        using var encoded = new MemoryStream();
        using (Stream encoder = step switch
        {
            "gzip" => new GZipStream(encoded, CompressionLevel.Fastest, leaveOpen: true),
            "br" => new BrotliStream(encoded, CompressionLevel.Fastest, leaveOpen: true),
            "zlib" => new ZLibStream(encoded, CompressionLevel.Fastest, leaveOpen: true),
            _ => new DeflateStream(encoded, CompressionLevel.Fastest, leaveOpen: true),
        })
            encoder.Write(bytes);

        return encoded.ToArray();
    });

    private sealed class Passing(HttpMessageHandler inner) : DelegatingHandler(inner);
}
