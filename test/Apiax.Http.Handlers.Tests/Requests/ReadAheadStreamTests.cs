using System.Net;
using Apiax.Http.Handlers.IntegrationTests;

namespace Apiax.Http.Handlers.Tests;

/// <summary>The body of a 401 while the token is replaced: the caller can read it as without the library.</summary>
[TestFixture(Sending.Async)]
[TestFixture(Sending.AsyncAnsweredLater)]
[TestFixture(Sending.Sync)]
internal sealed class ReadAheadStreamTests(Sending sending)
{
    [Test]
    public async Task It_is_read_while_the_token_is_replaced()
    {
        using var client = new BearerClient(sending);
        var body = new ServerStream(new byte[10_000], new byte[5]);
        var call = await StartAsync(client, body);

        await body.Ended.Soon();

        Assert.That((call.IsCompleted, body.IsDisposed), Is.EqualTo((false, false)));
        client.Tokens.Hold!.Open();
        using var response = await call;
        Assert.That((response.StatusCode, body.IsDisposed), Is.EqualTo((HttpStatusCode.OK, true)));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(4096)]
    [TestCase(65_536)]
    [TestCase(65_537)]
    [TestCase(1_000_000)]
    public async Task Without_another_token_the_caller_reads_all_of_it(int size)
    {
        using var client = new BearerClient(sending);
        var bytes = Enumerable.Range(0, size).Select(at => (byte)(at * 7)).ToArray();
        client.Tokens.IsRationed = true;
        var call = await StartAsync(client, new ServerStream(bytes));
        client.Tokens.Hold!.Open();

        using var response = await call;

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await BytesOf(response), Is.EqualTo(bytes));
        Assert.That(response.Content.Headers.ContentType?.ToString(), Is.EqualTo("text/plain"));
    }

    [TestCase(100_000, null, 65_536)]
    [TestCase(100_000, 100_000L, 0)]
    [TestCase(65_536, 65_536L, 65_536)]
    public async Task No_more_than_64_KB_is_read_ahead(int size, long? knownLength, int readAhead)
    {
        using var client = new BearerClient(sending);
        client.Tokens.IsRationed = true;
        var body = new ServerStream(new byte[size]);
        var call = await StartAsync(client, body, knownLength);
        await Waiting.UntilAsync(() => Task.FromResult(body.BytesRead == readAhead), "It is not read ahead.");
        await Waiting.SettleAsync();

        Assert.That(body.BytesRead, Is.EqualTo(readAhead));
        client.Tokens.Hold!.Open();
        using var response = await call;
        Assert.That(await BytesOf(response), Has.Length.EqualTo(size));
    }

    [Test]
    public async Task A_body_without_an_end_is_the_callers_as_it_arrives()
    {
        using var client = new BearerClient(sending);
        client.Tokens.IsRationed = true;
        var body = new ServerStream("first"u8.ToArray()) { IsEndless = true };
        var call = await StartAsync(client, body);
        await body.Waits.Soon();
        client.Tokens.Hold!.Open();

        using var response = await call;
        await using var stream = await response.Content.ReadAsStreamAsync();
        Assert.That(await ReadAsync().Soon(), Is.EqualTo(5));
        var reading = ReadAsync();
        body.Send("more"u8.ToArray());
        Assert.That(await reading.Soon(), Is.EqualTo(4));
        body.Send("rest"u8.ToArray());
        await Waiting.SettleAsync();
        Assert.That(body.BytesRead, Is.EqualTo(9), "Its reader reads the rest.");
        response.Dispose();

        await body.Disposed.Soon();

        Task<int> ReadAsync() => sending is Sending.Sync ? Task.Run(() => stream.Read(new byte[100])) : stream.ReadAsync(new byte[100]).AsTask();
    }

    [Test]
    public async Task A_body_is_not_disposed_while_it_is_read_and_its_call_is_sent_again_at_once()
    {
        using var client = new BearerClient(sending);
        var body = new ServerStream([]) { IsEndless = true };
        var call = await StartAsync(client, body);
        await body.Waits.Soon();
        client.Tokens.Hold!.Open();

        using var response = await call;

        await body.Disposed.Soon();
        Assert.That((response.StatusCode, body.WasReadAtDisposal), Is.EqualTo((HttpStatusCode.OK, false)));
    }

    [Test]
    public async Task A_body_that_breaks_off_fails_for_its_reader_only([Values] bool isReplaced)
    {
        using var client = new BearerClient(sending);
        client.Tokens.IsRationed = !isReplaced;
        var body = new ServerStream([]) { IsEndless = true };
        var call = await StartAsync(client, body);
        await body.Waits.Soon();
        body.Fail(new IOException("The connection is gone."));
        client.Tokens.Hold!.Open();

        using var response = await call;

        Assert.That(response.StatusCode, Is.EqualTo(isReplaced ? HttpStatusCode.OK : HttpStatusCode.Unauthorized));
        if (!isReplaced)
            Assert.That((await Waiting.FailureOf<HttpRequestException>(BytesOf(response))).InnerException, Is.InstanceOf<IOException>());
    }

    [Test]
    public async Task A_body_that_breaks_off_and_is_not_read_is_no_unobserved_exception()
    {
        var broken = new IOException("The connection is gone.");
        using var unobserved = new UnobservedExceptions();

        var body = await IgnoreAsync(broken);
        await Waiting.UntilAsync(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return Task.FromResult(!body.IsAlive);
            },
            "The 401 is not collected.");

        Assert.That(unobserved.All(), Does.Not.Contain(broken));
    }

    [Test]
    public async Task The_stream_can_only_be_read()
    {
        using var client = new BearerClient(sending);
        client.Tokens.IsRationed = true;
        var call = await StartAsync(client, new ServerStream([1, 2]));
        client.Tokens.Hold!.Open();
        using var response = await call;

        await using var stream = await response.Content.ReadAsStreamAsync();

        Assert.That((stream.CanRead, stream.CanSeek, stream.CanWrite), Is.EqualTo((true, false, false)));
        Assert.That(() => stream.Length, Throws.TypeOf<NotSupportedException>());
        Assert.That(() => stream.Position, Throws.TypeOf<NotSupportedException>());
        Assert.That(() => stream.Position = 0, Throws.TypeOf<NotSupportedException>());
        Assert.That(() => stream.Seek(0, SeekOrigin.Begin), Throws.TypeOf<NotSupportedException>());
        var reading = stream.ReadAsync(new byte[1], 0, 1);
        Assert.That(await reading, Is.EqualTo(1));
        Assert.That(stream.ReadByte(), Is.EqualTo(2));
        Assert.That(stream.ReadByte(), Is.EqualTo(-1));
    }

    /// <summary>Sends a call that gets a 401 with this body, and waits until another token is requested.</summary>
    private static async Task<Task<HttpResponseMessage>> StartAsync(BearerClient client, Stream body, long? length = null)
    {
        var hold = client.Tokens.Hold = new Gate();
        client.Api.Answer = (call, _) =>
        {
            if (call.Number > 1)
                return null;

            var content = new StreamContent(body);
            content.Headers.TryAddWithoutValidation("Content-Type", "text/plain");
            content.Headers.ContentLength = length;
            return ApiStub.Unauthorized(content: content);
        };
        var call = client.GetAsync();
        await hold.Arrived;
        return call;
    }

    /// <summary>Gets a 401 whose body breaks off, and neither reads nor disposes it.</summary>
    private async Task<WeakReference> IgnoreAsync(Exception broken)
    {
        using var client = new BearerClient(sending);
        client.Tokens.IsRationed = true;
        var body = new ServerStream([]) { IsEndless = true };
        var call = await StartAsync(client, body);
        await body.Waits.Soon();
        body.Fail(broken);
        client.Tokens.Hold!.Open();
        await call;
        return new WeakReference(body, trackResurrection: true);
    }

    private async Task<byte[]> BytesOf(HttpResponseMessage response)
    {
        if (sending is not Sending.Sync)
            return await response.Content.ReadAsByteArrayAsync().Soon();

        using var bytes = new MemoryStream();
        response.Content.CopyTo(bytes, context: null, CancellationToken.None);
        return bytes.ToArray();
    }

    /// <summary>A body that arrives in parts; a read can be cancelled, as with a socket.</summary>
    private sealed class ServerStream(params byte[][] parts) : Stream
    {
        private readonly Queue<byte> _bytes = new(parts.SelectMany(part => part));
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _waits = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _isBeingRead;

        public bool IsEndless { get; init; }

        public int BytesRead { get; private set; }

        public Task Ended => _ended.Task;

        /// <summary>Completes when a reader waits for more bytes than were sent.</summary>
        public Task Waits => _waits.Task;

        public Task Disposed => _disposed.Task;

        public bool IsDisposed => Disposed.IsCompleted;

        public bool WasReadAtDisposal { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public void Send(byte[] bytes)
        {
            lock (_bytes)
            {
                foreach (var value in bytes)
                    _bytes.Enqueue(value);
            }

            Interlocked.Exchange(ref _more, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }

        public void Fail(Exception exception) => _more.TrySetException(exception);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _isBeingRead = true;
            var more = Volatile.Read(ref _more).Task;
            try
            {
                if (_bytes.Count == 0 && IsEndless)
                {
                    _waits.TrySetResult();
                    await more.WaitAsync(cancellationToken);
                }

                return Take(buffer.Span);
            }
            finally
            {
                _isBeingRead = false;
            }
        }

        public override int Read(byte[] buffer, int offset, int count) => Blocking.Wait(ReadAsync(buffer.AsMemory(offset, count)));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            WasReadAtDisposal |= _isBeingRead;
            _disposed.TrySetResult();
            base.Dispose(disposing);
        }

        private int Take(Span<byte> buffer)
        {
            lock (_bytes)
            {
                var count = Math.Min(buffer.Length, _bytes.Count);
                for (var at = 0; at < count; at++)
                    buffer[at] = _bytes.Dequeue();

                BytesRead += count;
                if (_bytes.Count == 0 && count < buffer.Length)
                    _ended.TrySetResult();

                return count;
            }
        }
    }
}
