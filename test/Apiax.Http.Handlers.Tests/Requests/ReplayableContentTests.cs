using System.Net.Http.Json;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Which bodies are sent again as they are; <see cref="BearerTokenHandlerReplayTests"/> test this with requests.</summary>
[TestFixture]
internal sealed class ReplayableContentTests
{
    private static readonly byte[] Body = "the body"u8.ToArray();

    private static IEnumerable<TestCaseData<HttpContent?, bool, bool>> Contents =>
    [
        new(null, true, true) { TestName = "{m}(none)" },
        new(new ByteArrayContent(Body), true, true) { TestName = "{m}(bytes)" },
        new(new StringContent("the body"), true, true) { TestName = "{m}(text)" },
        new(new FormUrlEncodedContent([]), true, true) { TestName = "{m}(form)" },
        new(new ReadOnlyMemoryContent(Body), true, true) { TestName = "{m}(memory)" },
        new(new MultipartContent { new StringContent("x"), new ReadOnlyMemoryContent(Body) }, true, true) { TestName = "{m}(parts)" },
        new(new MultipartFormDataContent { new MultipartContent { new ByteArrayContent(Body) } }, true, true) { TestName = "{m}(parts of parts)" },
        new(new StreamContent(new MemoryStream(Body)), false, true) { TestName = "{m}(stream)" },
        new(new MultipartContent { new StringContent("x"), new StreamContent(new MemoryStream(Body)) }, false, true) { TestName = "{m}(a part that is a stream)" },
        new(new MultipartContent { new MultipartContent { JsonContent.Create(1) } }, false, false) { TestName = "{m}(a part of a part that is JSON)" },
        new(JsonContent.Create("text"), false, false) { TestName = "{m}(JSON)" },
        new(new DerivedBytes(), false, false) { TestName = "{m}(derived from bytes)" },
        new(new DerivedText(), false, false) { TestName = "{m}(derived from text)" },
        new(new DerivedStream(), false, false) { TestName = "{m}(derived from a stream)" },
        new(new DerivedParts(), false, false) { TestName = "{m}(derived from parts)" },
    ];

    /// <summary>A body, possibly with a stream that was moved, and whether it can be written again.</summary>
    private static IEnumerable<TestCaseData<HttpContent, bool>> Written =>
    [
        new(new StreamContent(new MemoryStream(Body)), true) { TestName = "{m}(stream)" },
        new(new StreamContent(new MemoryStream([1, 2, 3, 4, .. Body]) { Position = 4 }), true) { TestName = "{m}(stream from its middle)" },
        new(Declared(new StreamContent(new MemoryStream(Body))), true) { TestName = "{m}(stream with a declared length)" },
        new(new StreamContent(new MemoryStream([.. Body, 1])), false) { TestName = "{m}(longer stream)" },
        new(Sent(new StreamContent(new Bodies.OneWayStream(Body))), false) { TestName = "{m}(stream without seek)" },
        new(Sent(Declared(new StreamContent(new Bodies.OneWayStream(Body)))), false) { TestName = "{m}(stream without seek, with a declared length)" },
        new(Sent(new StreamContent(new Bodies.UnmovableStream(Body))), false) { TestName = "{m}(stream that only declares seek)" },
        new(Sent(Declared(new StreamContent(new Bodies.UnmovableStream(Body)))), false) { TestName = "{m}(stream that only declares seek, with a declared length)" },
        new(Sent(new StreamContent(new UnreadableStream(Body))), true) { TestName = "{m}(stream that is not read)" },
        new(Declared(new StreamContent(new CarelessStream())), true) { TestName = "{m}(stream that does not look where it is copied to)" },
        new(Disposed(Declared(new MultipartContent())), false) { TestName = "{m}(disposed parts with a declared length)" },
        new(Disposed(new StreamContent(new MemoryStream(Body))), false) { TestName = "{m}(disposed stream)" },
        new(Disposed(Declared(new StreamContent(new MemoryStream(Body)))), false) { TestName = "{m}(disposed stream with a declared length)" },
        new(Disposed(new ByteArrayContent(Body)), false) { TestName = "{m}(disposed bytes)" },
    ];

    [Test]
    public async Task A_part_in_memory_is_moved_back_with_its_body([Values] bool isAsync, [Values] bool isWholeRead)
    {
        using var part = new ByteArrayContent(Body);
        using var content = new MultipartContent { new MultipartContent { part } };
        var stream = isAsync ? await part.ReadAsStreamAsync() : part.ReadAsStream();
        await (isWholeRead ? await content.ReadAsStreamAsync() : stream).CopyToAsync(Stream.Null);

        Assert.That((ReplayableContent.TryMoveBack(content), stream.Position), Is.EqualTo((true, 0)));
        part.Dispose();
        Assert.That(ReplayableContent.TryMoveBack(content), Is.False);
    }

    [TestCaseSource(nameof(Contents))]
    public void A_body_is_sent_again_without_recording_only_if_the_framework_writes_the_same_bytes(HttpContent? content, bool isInMemory, bool rewinds)
    {
        Assert.That((ReplayableContent.IsInMemory(content), content is null || ReplayableContent.CanRewind(content)), Is.EqualTo((isInMemory, rewinds)));
        content?.Dispose();
    }

    [TestCaseSource(nameof(Written))]
    public void A_body_that_was_written_can_be_written_again_if_it_is_open_and_has_as_many_bytes(HttpContent content, bool canWriteAgain)
    {
        Assert.That(ReplayableContent.CanWriteAgain(content, Body.Length), Is.EqualTo(canWriteAgain));
        content.Dispose();
    }

    [Test]
    public async Task A_part_whose_stream_is_disposed_is_not_sent_again()
    {
        await using var stream = new MemoryStream(Body);
        using var content = new MultipartContent { new StreamContent(stream) };
        var length = ReplayableContent.LengthOf(content)!.Value;
        Assert.That(ReplayableContent.CanWriteAgain(content, length));

        await stream.DisposeAsync();

        Assert.That(ReplayableContent.CanWriteAgain(content, length), Is.False);
    }

    [Test]
    public async Task A_body_that_a_handler_has_read_is_still_open()
    {
        using var content = new StringContent("the body");
        await content.ReadAsStreamAsync();

        Assert.That(ReplayableContent.CanBegin(content));
    }

    private static T Declared<T>(T content)
        where T : HttpContent
    {
        content.Headers.ContentLength = Body.Length;
        return content;
    }

    private static StreamContent Sent(StreamContent content)
    {
        content.CopyTo(Stream.Null, context: null, CancellationToken.None);
        return content;
    }

    private static HttpContent Disposed(HttpContent content)
    {
        content.Dispose();
        return content;
    }

    /// <summary>Can be read once: a check that reads would delay the call, or fail.</summary>
    private sealed class UnreadableStream(byte[] bytes) : MemoryStream(bytes)
    {
        private bool _isRead;

        public override void CopyTo(Stream destination, int bufferSize)
        {
            ValidateCopyToArguments(destination, bufferSize);
            if (_isRead)
                Assert.Fail("It is read.");

            _isRead = true;
            base.CopyTo(destination, bufferSize);
        }
    }

    private sealed class CarelessStream : MemoryStream
    {
        public override void CopyTo(Stream destination, int bufferSize)
        {
        }
    }

    private sealed class DerivedBytes() : ByteArrayContent(Body);

    private sealed class DerivedText() : StringContent("the body");

    private sealed class DerivedStream() : StreamContent(new MemoryStream(Body));

    private sealed class DerivedParts : MultipartContent;
}
