using System.Net;

namespace Apiax.Http.Handlers.Tests;

/// <summary>What inner handlers and bodies may do with the recording content.</summary>
[TestFixture]
[NonParallelizable]
internal sealed class RecordedContentTests
{
    private static readonly byte[] Body = "the body"u8.ToArray();

    private static IEnumerable<TestCaseData<Func<Stream, Task>>> Writers =>
    [
        new(async stream => await stream.WriteAsync(Body)) { TestName = "{m}(memory)" },
        new(stream => stream.WriteAsync(Body, 0, Body.Length)) { TestName = "{m}(array)" },
        new(stream => Written(() => stream.Write(Body, 0, Body.Length))) { TestName = "{m}(array, synchronously)" },
        new(stream => Written(() => stream.Write(Body.AsSpan()))) { TestName = "{m}(span)" },
        new(stream => Written(() => Array.ForEach(Body, stream.WriteByte))) { TestName = "{m}(bytes)" },
        new(async stream =>
        {
            await stream.WriteAsync(Body);
            await stream.FlushAsync();
            stream.Flush();
        }) { TestName = "{m}(flushed)" },
        new(async stream =>
        {
            await stream.WriteAsync(Body);
            await stream.DisposeAsync();
        }) { TestName = "{m}(closed)" },
    ];

    [TestCaseSource(nameof(Writers))]
    public async Task However_a_body_is_written_all_of_it_is_recorded(Func<Stream, Task> write)
    {
        var body = new Bodies.OwnContent(write);
        using var request = Request(body);
        var recording = BodyRecording.Attach(request, 64);
        await using var first = new SlowStream();
        await using var second = new MemoryStream();

        await request.Content!.CopyToAsync(first);
        await request.Content.CopyToAsync(second);

        Assert.That((first.ToArray(), second.ToArray(), body.Writings, recording.TryWithdraw(request)), Is.EqualTo((Body, Body, 1, true)));
        recording.Detach(request);
    }

    [Test]
    public async Task A_body_that_a_primary_handler_loads_into_a_buffer_has_a_length([Values] bool isFrameworks)
    {
        using var request = Request(isFrameworks ? new StreamContent(new Bodies.OneWayStream(Body)) : new Bodies.OwnContent(stream => stream.WriteAsync(Body).AsTask()));
        var recording = BodyRecording.Attach(request, 64);
        var before = request.Content!.Headers.ContentLength;

        await request.Content.LoadIntoBufferAsync();

        Assert.That((before, request.Content.Headers.ContentLength, recording.TryWithdraw(request)), Is.EqualTo((default(long?), Body.Length, true)));
        recording.Detach(request);
    }

    private static IEnumerable<TestCaseData<Func<Stream, HttpContent>, bool>> Uncopied =>
    [
        new(body => new StreamContent(body), true) { TestName = "{m}(stream)" },
        new(body => new StreamContent(body), false) { TestName = "{m}(stream without seek)" },
        new(body => new StreamContent(body) { Headers = { ContentLength = 65 } }, false) { TestName = "{m}(stream without seek, with a declared length)" },
        new(body => new MultipartContent("mixed", "line") { new StreamContent(body) }, true) { TestName = "{m}(part)" },
        new(body => new MultipartFormDataContent("line") { new Bodies.OwnContent(_ => Task.CompletedTask, length: 0), new StreamContent(body) }, true) { TestName = "{m}(part beside a class of the application)" },
    ];

    /// <summary>A copy would take as much memory as the body is long.</summary>
    [TestCaseSource(nameof(Uncopied))]
    public async Task A_body_that_is_not_known_to_be_short_is_not_copied_when_it_is_read_as_a_stream(Func<Stream, HttpContent> content, bool canSeek)
    {
        foreach (var isAsync in new[] { false, true })
        {
            await using var file = new CountingStream(new byte[65], canSeek);
            using var request = Request(content(file));
            var recording = BodyRecording.Attach(request, 64);

            var stream = isAsync ? await request.Content!.ReadAsStreamAsync() : request.Content!.ReadAsStream();

            Assert.That(file.BytesRead, Is.Zero);
            Assert.That((stream.CanSeek, stream.CanRead, stream.CanWrite), Is.EqualTo((canSeek, true, false)));
            await stream.CopyToAsync(Stream.Null);
            Assert.That((file.BytesRead, recording.TryWithdraw(request)), Is.EqualTo((65, false)));
            recording.Detach(request);
        }
    }

    [Test]
    public async Task A_stream_without_seek_is_recorded_while_it_is_read([Values("byte", "array", "array, asynchronously", "memory", "span")] string way)
    {
        using var request = Request(new StreamContent(new Bodies.OneWayStream(Body)));
        var recording = BodyRecording.Attach(request, 64);
        await using var stream = await request.Content!.ReadAsStreamAsync();
        var read = new List<byte>();
        var buffer = new byte[3];
        Assert.That((await stream.ReadAsync(Memory<byte>.Empty), recording.TryWithdraw(request)), Is.EqualTo((0, false)), "not its end");

        for (var count = 1; count > 0;)
        {
            Assert.That(recording.TryWithdraw(request), Is.False, "not read to its end");
            count = await (way switch
            {
                "byte" => Task.FromResult(stream.ReadByte() is >= 0 and var value ? new[] { buffer[0] = (byte)value }.Length : 0),
                "array" => Task.FromResult(stream.Read(buffer, 0, 3)),
                "array, asynchronously" => stream.ReadAsync(buffer, 0, 3),
                "memory" => stream.ReadAsync(buffer).AsTask(),
                _ => Task.FromResult(stream.Read(buffer.AsSpan())),
            });
            read.AddRange(buffer[..count]);
        }

        stream.Flush();
        using var again = new MemoryStream();
        Assert.That(recording.TryWithdraw(request));
        recording.Restore(request);
        await (await request.Content!.ReadAsStreamAsync()).CopyToAsync(again);
        Assert.That((read, again.ToArray()), Is.EqualTo((Body, Body)));
        recording.Detach(request);
    }

    /// <summary>Like a handler that signs the body. Of a multipart body with a stream that cannot seek, the framework makes a copy.</summary>
    [Test]
    public async Task A_body_that_was_read_as_a_stream_is_written_afterwards([Values] bool isLong, [Values] bool isPart, [Values] bool isAsync)
    {
        if (isLong && !isPart)
            return;
        var stream = new StreamContent(new Bodies.OneWayStream(new byte[isLong ? 65 : 8]));
        using var request = Request(isPart ? new MultipartContent("mixed", "line") { stream } : stream);
        var recording = BodyRecording.Attach(request, 64);
        using var read = new MemoryStream();
        using var written = new MemoryStream();

        await (isAsync ? await request.Content!.ReadAsStreamAsync() : request.Content!.ReadAsStream()).CopyToAsync(read);
        await request.Content.CopyToAsync(written);

        Assert.That((written.ToArray(), recording.TryWithdraw(request)), Is.EqualTo((read.ToArray(), !isLong)));
        recording.Detach(request);
    }

    [Test]
    public async Task A_body_that_is_copied_when_it_is_read_as_a_stream_is_cancelled_as_without_the_library()
    {
        using var request = Request(new StreamContent(new MemoryStream(Body)));
        var recording = BodyRecording.Attach(request, 64);

        await Assert.ThatAsync(() => request.Content!.ReadAsStreamAsync(new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());

        Assert.That(recording.TryWithdraw(request), Is.False);
        recording.Detach(request);
    }

    private static IEnumerable<TestCaseData<Func<HttpContent>, int>> ReadAgain =>
    [
        new(() => new StreamContent(new MemoryStream(new byte[65])), 65) { TestName = "{m}(stream)" },
        new(() => new StreamContent(new MemoryStream(new byte[69]) { Position = 4 }), 65) { TestName = "{m}(stream from its middle)" },
        new(() => new StreamContent(new MemoryStream(new byte[65])) { Headers = { ContentLength = 65 } }, 65) { TestName = "{m}(stream with a declared length)" },
        new(() => new StreamContent(new Bodies.OneWayStream(new byte[65])), -1) { TestName = "{m}(stream without seek)" },
        new(() => new StreamContent(new Bodies.OneWayStream(new byte[65])) { Headers = { ContentLength = 65 } }, -1) { TestName = "{m}(stream without seek, with a declared length)" },
        new(() => new MultipartContent("mixed", "line") { new StreamContent(new MemoryStream(new byte[69]) { Position = 4 }) }, 87) { TestName = "{m}(part)" },
        new(() => new MultipartContent("mixed", "line") { new StreamContent(new Bodies.OneWayStream(new byte[65])) }, 87) { TestName = "{m}(part without seek)" },
    ];

    /// <summary>For example in a retry of the caller.</summary>
    [TestCaseSource(nameof(ReadAgain))]
    public async Task Such_a_body_is_never_empty_when_it_is_read_or_written_again(Func<HttpContent> content, int again)
    {
        using var request = Request(content());
        var lengths = new List<long>();
        for (var send = 0; send < 2; send++)
        {
            var recording = BodyRecording.Attach(request, 64);
            for (var read = 0; read < 2; read++)
            {
                using var wire = new MemoryStream();
                try
                {
                    await (read == 0 ? (await request.Content!.ReadAsStreamAsync()).CopyToAsync(wire) : request.Content!.CopyToAsync(wire));
                    lengths.Add(wire.Length);
                }
                catch (Exception exception) when (exception is IOException or HttpRequestException or InvalidOperationException)
                {
                    lengths.Add(-1);
                }
            }

            recording.Detach(request);
        }

        Assert.That(lengths, Is.EqualTo(again > 0 ? new long[] { again, again, again, again } : [65, -1, -1, -1]));
    }

    [Test]
    public async Task A_body_can_do_nothing_with_its_stream_but_write()
    {
        Stream? stream = null;
        using var request = Request(new Bodies.OwnContent(given =>
        {
            stream = given;
            Assert.That((given.CanWrite, given.CanRead, given.CanSeek), Is.EqualTo((true, false, false)));
            return Task.CompletedTask;
        }));
        BodyRecording.Attach(request, 64);
        await request.Content!.CopyToAsync(Stream.Null);

        Action[] others =
        [
            () => _ = stream!.Length, () => _ = stream!.Position, () => stream!.Position = 0, () => _ = stream!.ReadByte(), () => stream!.Seek(0, SeekOrigin.Begin), () => stream!.SetLength(0),
        ];
        Assert.Multiple(() =>
        {
            foreach (var other in others)
                Assert.That(() => other(), Throws.TypeOf<NotSupportedException>());
        });
    }

    /// <summary>Like a handler that wraps a body: the length of the recording content itself would be zero.</summary>
    [Test]
    public async Task Within_another_body_it_claims_no_length_and_is_there_as_a_whole([Values] bool isFrameworks)
    {
        using var request = Request(isFrameworks ? new StreamContent(new Bodies.OneWayStream(Body)) : new Bodies.OwnContent(stream => stream.WriteAsync(Body, 0, Body.Length)));
        var recording = BodyRecording.Attach(request, 64);
        using var wrapped = new MultipartContent("mixed", "line") { request.Content! };

        Assert.That(wrapped.Headers.ContentLength, Is.Null);
        Assert.That(await wrapped.ReadAsStringAsync(), Does.Contain("the body"));
        recording.Detach(request);
    }

    [Test]
    public async Task Two_concurrent_readers_of_a_recording_get_all_of_it_and_the_last_returns_it()
    {
        using var request = Request(new Bodies.OwnContent(stream => stream.WriteAsync(Body, 0, Body.Length)));
        var recording = BodyRecording.Attach(request, 64);
        var content = request.Content!;
        await content.CopyToAsync(Stream.Null);
        await using var first = new HeldStream();
        await using var second = new HeldStream();
        var (one, other) = (content.CopyToAsync(first), content.CopyToAsync(second));
        recording.Detach(request);

        first.Hold.Open();
        await one.Soon();
        Assert.That(RecordingBuffer.TotalBytes, Is.Positive);
        second.Hold.Open();
        await other.Soon();

        Assert.That((first.ToArray(), second.ToArray(), RecordingBuffer.TotalBytes), Is.EqualTo((Body, Body, 0L)));
    }

    [Test]
    public async Task A_body_that_an_inner_handler_disposes_is_not_sent_again_and_the_caller_gets_the_401([Values] Sending sending, [Values] bool isFrameworks)
    {
        using var client = new BearerClient(sending);
        client.Api.Answer = (_, request) =>
        {
            request.Content!.Dispose();
            return ApiStub.Unauthorized();
        };
        await using var stream = new Bodies.OneWayStream(Body);

        using var response = await client.PostAsync(isFrameworks ? new StreamContent(stream) : new Bodies.OwnContent(target => target.WriteAsync(Body, 0, Body.Length)));

        Assert.That((response.StatusCode, client.Api.Calls.Count, stream.CanRead), Is.EqualTo((HttpStatusCode.Unauthorized, 1, !isFrameworks)));
    }

    [Test]
    public async Task A_recorded_body_that_was_disposed_cannot_be_read_from_a_buffer_either([Values] bool isFrameworks)
    {
        using var request = Request(isFrameworks ? new StreamContent(new Bodies.OneWayStream(Body)) : new Bodies.OwnContent(stream => stream.WriteAsync(Body, 0, Body.Length)));
        var recording = BodyRecording.Attach(request, 64);
        var content = request.Content!;
        await content.LoadIntoBufferAsync();

        content.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => content.ReadAsStringAsync());
        recording.Detach(request);
    }

    private static Task Written(Action write)
    {
        write();
        return Task.CompletedTask;
    }

    private static HttpRequestMessage Request(HttpContent body) => new(HttpMethod.Post, "https://api.apiax.io/") { Content = body };

    /// <summary>Like a connection: what is written arrives later.</summary>
    private sealed class SlowStream : MemoryStream
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            await base.WriteAsync(buffer, cancellationToken);
        }

        public override async Task FlushAsync(CancellationToken cancellationToken) => await Task.Yield();
    }

    private sealed class CountingStream(byte[] bytes, bool canSeek) : MemoryStream(bytes)
    {
        public int BytesRead => (int)base.Position;

        public override bool CanSeek => canSeek;
    }

    private sealed class HeldStream : MemoryStream
    {
        public Gate Hold { get; } = new();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Hold.PassAsync(cancellationToken);
            await base.WriteAsync(buffer, cancellationToken);
        }
    }
}
