using System.Net.Http.Json;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Which bodies are sent again as they are; <see cref="BearerTokenHandlerReplayTests"/> send them.</summary>
[TestFixture]
internal sealed class ReplayableContentTests
{
    private static readonly byte[] Body = "the body"u8.ToArray();

    private static IEnumerable<TestCaseData<HttpContent?, bool>> Contents =>
    [
        new(null, true) { TestName = "{m}(none)" },
        new(new ByteArrayContent(Body), true) { TestName = "{m}(bytes)" },
        new(new StringContent("the body"), true) { TestName = "{m}(text)" },
        new(new FormUrlEncodedContent([]), true) { TestName = "{m}(form)" },
        new(new ReadOnlyMemoryContent(Body), true) { TestName = "{m}(memory)" },
        new(new StreamContent(new MemoryStream(Body)), true) { TestName = "{m}(stream)" },
        new(new StreamContent(new MemoryStream(Body) { Position = 4 }), true) { TestName = "{m}(stream from its middle)" },
        new(Moved(to: 4), false) { TestName = "{m}(stream that was read and moved since)" },
        new(Moved(to: 8), true) { TestName = "{m}(stream that was read to its end, as by a send before)" },
        new(new StreamContent(new Bodies.OneWayStream(Body)), false) { TestName = "{m}(stream without seek)" },
        new(new MultipartContent { new StringContent("x"), new StreamContent(new MemoryStream(Body)) }, true) { TestName = "{m}(parts)" },
        new(new MultipartFormDataContent { new MultipartContent { new ByteArrayContent(Body) } }, true) { TestName = "{m}(parts of parts)" },
        new(new MultipartContent { new MultipartContent { JsonContent.Create(1) } }, false) { TestName = "{m}(a part of a part that is JSON)" },
        new(JsonContent.Create("text"), false) { TestName = "{m}(JSON)" },
        new(new DerivedBytes(), false) { TestName = "{m}(derived from bytes)" },
        new(new DerivedText(), false) { TestName = "{m}(derived from text)" },
        new(new DerivedStream(), false) { TestName = "{m}(derived from a stream)" },
        new(new DerivedParts(), false) { TestName = "{m}(derived from parts)" },
    ];

    [TestCaseSource(nameof(Contents))]
    public void A_body_is_sent_again_without_recording_only_if_the_framework_writes_the_same_bytes(HttpContent? content, bool isReplayable)
    {
        Assert.That(ReplayableContent.Includes(content), Is.EqualTo(isReplayable));
        content?.Dispose();
    }

    [Test]
    public void Its_length_is_declared_only_if_it_was_before([Values] bool isSaid)
    {
        using var content = new StreamContent(new MemoryStream(Body));
        if (isSaid)
            content.Headers.ContentLength = Body.Length;

        Assert.That(ReplayableContent.Includes(content));
        Assert.That(content.Headers.NonValidated.Contains("Content-Length"), Is.EqualTo(isSaid));
    }

    [Test]
    public void A_disposed_stream_is_not_sent_again()
    {
        var content = new StreamContent(new MemoryStream());
        content.Dispose();

        Assert.That((ReplayableContent.Includes(content), ReplayableContent.IsOpen(content)), Is.EqualTo((false, false)));
    }

    [Test]
    public async Task A_part_whose_stream_is_disposed_is_not_sent_again()
    {
        await using var stream = new MemoryStream(Body);
        using var content = new MultipartContent { new StreamContent(stream) };
        Assert.That(ReplayableContent.IsOpen(content));

        using var other = new MultipartContent { new StreamContent(stream) };
        await stream.DisposeAsync();

        Assert.That(ReplayableContent.IsOpen(other), Is.False);
    }

    [Test]
    public async Task A_body_that_a_handler_has_read_is_still_open()
    {
        using var content = new StringContent("the body");
        await content.ReadAsStreamAsync();

        Assert.That(ReplayableContent.IsOpen(content));
    }

    /// <summary>A part of a multipart body goes out with the headers that are set.</summary>
    [Test]
    public void Checking_a_stream_sets_no_header()
    {
        using var content = new StreamContent(new MemoryStream(Body));

        ReplayableContent.Includes(content);

        Assert.That(content.Headers.NonValidated.Contains("Content-Length"), Is.False);
    }

    private static StreamContent Moved(int to)
    {
        var stream = new MemoryStream(Body);
        var content = new StreamContent(stream);
        content.ReadAsStream();
        stream.Position = to;
        return content;
    }

    private sealed class DerivedBytes() : ByteArrayContent(Body);

    private sealed class DerivedText() : StringContent("the body");

    private sealed class DerivedStream() : StreamContent(new MemoryStream(Body));

    private sealed class DerivedParts : MultipartContent;
}
