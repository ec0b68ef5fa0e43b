using System.Buffers;

namespace Apiax.Http.Handlers.Tests;

/// <summary>The recording alone; <see cref="BearerTokenHandlerReplayTests"/> test it with requests.</summary>
[TestFixture]
[NonParallelizable]
internal sealed class BodyRecordingTests
{
    private const int Limit = 16 * 1024 * 1024;

    private static readonly byte[] Body = "the body"u8.ToArray();

    [Test]
    public void Returned_memory_is_cleared([Values] bool isShorterAtLast)
    {
        var buffer = new RecordingBuffer(Limit, expected: 0);
        buffer.TryAppend(Enumerable.Repeat((byte)7, 5000).ToArray());
        buffer.TryAppend(Enumerable.Repeat((byte)7, 5000).ToArray());
        Assert.That(RecordingBuffer.TotalBytes, Is.EqualTo(16384));
        if (isShorterAtLast)
        {
            buffer.Restart();
            buffer.TryAppend(Body);
        }

        buffer.Return();

        // On one thread, the pool rents out the array that was returned last.
        foreach (var size in new[] { 8192, 16384 })
        {
            var rented = ArrayPool<byte>.Shared.Rent(size);
            Assert.That(rented.AsSpan().IndexOf(Enumerable.Repeat((byte)7, 8).ToArray()), Is.EqualTo(-1));
            ArrayPool<byte>.Shared.Return(rented);
        }

        Assert.That(RecordingBuffer.TotalBytes, Is.Zero);
    }

    [Test]
    public void All_recordings_together_use_64_MB_at_most()
    {
        var buffers = Enumerable.Range(0, 5).Select(_ => new RecordingBuffer(Limit, Limit)).ToList();

        Assert.That(buffers.Select(buffer => buffer.TryAppend(Body)), Is.EqualTo([true, true, true, true, false]));

        buffers[0].Return();
        Assert.That(buffers[4].TryAppend(Body));
        buffers.ForEach(buffer => buffer.Return());
        Assert.That(RecordingBuffer.TotalBytes, Is.Zero);
    }

    /// <summary>As over HTTP/2, where the answer may come before the end of the body.</summary>
    [Test]
    public async Task A_body_that_is_written_after_the_call_has_returned_passes_and_touches_nothing()
    {
        var gate = new Gate();
        using var request = Request(async stream =>
        {
            await stream.WriteAsync(Body);
            await gate.PassAsync(CancellationToken.None);
            await stream.WriteAsync(Body);
        });
        var recording = BodyRecording.Attach(request, Limit);
        using var wire = new MemoryStream();
        var writing = request.Content!.CopyToAsync(wire);
        await gate.Arrived;

        recording.Detach(request);
        Assert.That(RecordingBuffer.TotalBytes, Is.Zero);
        gate.Open();
        await writing;

        Assert.That(wire.ToArray(), Is.EqualTo([.. Body, .. Body]));
        Assert.That((RecordingBuffer.TotalBytes, recording.TryWithdraw(request)), Is.EqualTo((0, false)));
    }

    /// <summary>Code that sends one request twice at once, as a careless hedge does.</summary>
    [Test]
    public void Of_one_request_that_is_sent_several_times_at_once_the_last_send_restores_its_content(
        [Values("abc", "acb", "bac", "bca", "cab", "cba")] string ends, [Values] bool isEachSentAgain, [Values] bool isFrameworks)
    {
        using var request = Request(stream => stream.WriteAsync(Body, 0, 8));
        if (isFrameworks)
            request.Content = new StreamContent(new Bodies.OneWayStream(Body));
        var own = request.Content;
        var recordings = "abc".ToDictionary(name => name, _ => BodyRecording.Attach(request, Limit));

        if (isEachSentAgain)
        {
            foreach (var recording in recordings.Values)
                recording.Restore(request);
        }

        foreach (var name in ends)
            recordings[name].Detach(request);

        Assert.That(request.Content, Is.SameAs(own));
    }

    [Test]
    public async Task A_recording_that_is_still_being_sent_is_returned_afterwards()
    {
        using var request = Request(stream => stream.WriteAsync(Body, 0, 8));
        var recording = BodyRecording.Attach(request, Limit);
        var content = request.Content!;
        await content.CopyToAsync(Stream.Null);
        await using var wire = new HeldStream();

        var writing = content.CopyToAsync(wire);
        recording.Detach(request);

        Assert.That(RecordingBuffer.TotalBytes, Is.Positive);
        wire.Hold.Open();
        await writing;
        Assert.That(wire.ToArray(), Is.EqualTo(Body));
        Assert.That(RecordingBuffer.TotalBytes, Is.Zero);
    }

    [Test]
    public async Task An_older_write_of_the_body_adds_nothing_to_the_recording_of_a_newer_one()
    {
        var gate = new Gate();
        var first = true;
        using var request = Request(async stream =>
        {
            if (first)
            {
                first = false;
                await gate.PassAsync(CancellationToken.None);
            }

            await stream.WriteAsync(Body);
        });
        var recording = BodyRecording.Attach(request, Limit);
        var content = request.Content!;
        var older = content.CopyToAsync(Stream.Null);
        await content.CopyToAsync(Stream.Null);

        gate.Open();
        await older;
        using var wire = new MemoryStream();
        await content.CopyToAsync(wire);

        Assert.That(wire.ToArray(), Is.EqualTo(Body));
        recording.Detach(request);
    }

    /// <summary>Over HTTP/2, an answer ends a body: writes fail, and its token is cancelled. A body that ignores this must not count as complete.</summary>
    [Test]
    public async Task A_body_that_ignores_a_failed_write_is_not_sent_again([Values] bool isFlush, [Values] bool isAsync)
    {
        using var request = Request(async stream =>
        {
            try
            {
                await stream.WriteAsync(Body);
                await stream.FlushAsync();
            }
            catch (IOException)
            {
                // For example an export that logs the failure and ends.
            }
        });
        var recording = BodyRecording.Attach(request, Limit);

        await request.Content!.CopyToAsync(new BrokenStream(isFlush, isAsync));

        Assert.That(recording.TryWithdraw(request), Is.False);
        recording.Detach(request);
    }

    [Test]
    public async Task A_body_that_ends_early_when_it_is_cancelled_is_not_sent_again()
    {
        using var cancellation = new CancellationTokenSource();
        using var request = Request(async stream =>
        {
            await stream.WriteAsync(Body);
            await cancellation.CancelAsync();
        });
        var recording = BodyRecording.Attach(request, Limit);

        await request.Content!.CopyToAsync(Stream.Null, cancellation.Token);

        Assert.That(recording.TryWithdraw(request), Is.False);
        recording.Detach(request);
    }

    [Test]
    public async Task A_long_body_that_has_become_shorter_is_not_sent_again_as_if_it_were_whole()
    {
        var stream = new MemoryStream(new byte[Limit + 1]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "https://api.apiax.io/") { Content = new StreamContent(stream) };
        var recording = BodyRecording.Attach(request, Limit);
        await request.Content!.CopyToAsync(Stream.Null);
        Assert.That(recording.TryWithdraw(request));
        recording.Restore(request);

        stream.SetLength(Limit);

        var failure = await Waiting.FailureOf<HttpRequestException>(request.Content.CopyToAsync(Stream.Null));
        Assert.That((failure.InnerException!.Message, recording.TryWithdraw(request)), Is.EqualTo(("The body is not as long as when it was first sent.", false)));
        recording.Detach(request);
    }

    [Test]
    public async Task Nothing_is_recorded_of_a_body_that_is_known_to_be_too_long()
    {
        var recorded = -1L;
        using var request = Request(
            async stream =>
            {
                await stream.WriteAsync(Body);
                recorded = RecordingBuffer.TotalBytes;
            },
            length: Limit + 1);
        var recording = BodyRecording.Attach(request, Limit);

        await request.Content!.CopyToAsync(Stream.Null);

        Assert.That(recorded, Is.Zero);
        recording.Detach(request);
    }

    /// <summary>The stack reads the request's content only when it writes: a late write of the first send may use the content of the second.</summary>
    [Test]
    public async Task Two_sends_never_write_parts_of_one_body()
    {
        var gate = new Gate();
        using var request = Request(async stream =>
        {
            await stream.WriteAsync(Body);
            await gate.PassAsync(CancellationToken.None);
        });
        var recording = BodyRecording.Attach(request, Limit);
        Assert.That(recording.TryWithdraw(request));
        recording.Restore(request);
        var writing = request.Content!.CopyToAsync(Stream.Null);
        await gate.Arrived;

        await Waiting.FailureOf<HttpRequestException>(request.Content.CopyToAsync(Stream.Null));

        gate.Open();
        await writing.Soon();
        using var wire = new MemoryStream();
        await request.Content.CopyToAsync(wire);
        Assert.That(wire.ToArray(), Is.EqualTo(Body), "a redirect of the second send");
        recording.Detach(request);
    }

    /// <summary>Within the second send, the stack writes the body again if a connection has died.</summary>
    [Test]
    public async Task After_a_failed_write_of_the_second_send_the_body_is_written_again([Values] bool isAsync)
    {
        using var request = Request(stream => stream.WriteAsync(Body).AsTask());
        var recording = BodyRecording.Attach(request, Limit);
        Assert.That(recording.TryWithdraw(request));
        recording.Restore(request);
        var content = request.Content!;
        Assert.That(async () => await WriteAsync(new MemoryStream(new byte[4])), Throws.Exception);
        using var wire = new MemoryStream();

        await WriteAsync(wire);

        Assert.That((wire.ToArray(), recording.TryWithdraw(request)), Is.EqualTo((Body, true)));
        recording.Detach(request);

        Task WriteAsync(Stream target)
        {
            if (isAsync)
                return content.CopyToAsync(target);

            content.CopyTo(target, context: null, CancellationToken.None);
            return Task.CompletedTask;
        }
    }

    /// <summary>The type of the content decides whether the stack returns the answer before the body has ended: otherwise a gRPC call would deadlock.</summary>
    [Test]
    public void A_recorded_body_is_duplex_where_it_was_and_nowhere_else()
    {
        HttpContent[] whole =
        [
            new ByteArrayContent([]), new ReadOnlyMemoryContent(default), new Bodies.CopyingContent(Stream.Null), new MultipartContent { new ByteArrayContent([]) },

            // A class of the framework that is not public, as those of received responses, which a proxy passes on.
            new HttpResponseMessage().Content,
        ];

        foreach (var content in whole)
            Assert.That((IsDuplex(content), IsDuplex(Recorded(content))), Is.EqualTo((false, false)));

        using var own = new Bodies.OwnContent(_ => Task.CompletedTask);
        Assert.That((IsDuplex(own), IsDuplex(Recorded(own))), Is.EqualTo((true, true)));
    }

    private static HttpContent Recorded(HttpContent content)
    {
        var request = new HttpRequestMessage { Content = content };
        BodyRecording.Attach(request, Limit);
        return request.Content;
    }

    private static bool IsDuplex(HttpContent content) =>
        (bool)typeof(HttpContent).GetProperty("AllowDuplex", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!.GetValue(content)!;

    private static HttpRequestMessage Request(Func<Stream, Task> write, long? length = null) => new(HttpMethod.Post, "https://api.apiax.io/") { Content = new Bodies.OwnContent(write, length) };

    private sealed class HeldStream : MemoryStream
    {
        public Gate Hold { get; } = new();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Hold.PassAsync(cancellationToken);
            await base.WriteAsync(buffer, cancellationToken);
        }
    }

    private sealed class BrokenStream(bool flushes, bool isAsync) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => flushes ? default : new(FailAsync());

        public override Task FlushAsync(CancellationToken cancellationToken) => flushes ? FailAsync() : Task.CompletedTask;

        private async Task FailAsync()
        {
            if (isAsync)
                await Task.Yield();

            throw new IOException("The stream was reset.");
        }
    }
}
