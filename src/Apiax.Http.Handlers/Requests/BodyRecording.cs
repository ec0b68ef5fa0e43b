using System.Net;
using System.Net.Http.Headers;

namespace Apiax.Http.Handlers;

/// <summary>Records a body while it is sent, and writes the recording when the request is sent again.</summary>
/// <remarks>
/// The HTTP stack may write a body several times within one send (307, 308, a proxy's challenge, a connection that died). A complete recording is used
/// from then on; before that, the body itself is written again, as without this library, and recorded again.
/// </remarks>
internal sealed class BodyRecording : RequestBody
{
    // Over HTTP/2, a body may still be written after the call has returned: the lock excludes writes while the buffer is returned.
    private readonly object _gate = new();
    private readonly HttpContent _body;
    private readonly RecordingBuffer _buffer;

    // Another send of the same request, which was under way when this one began.
    private readonly BodyRecording? _other;

    // The content that was given to the request last, and the one that may write the body.
    private HttpContent _attached;
    private HttpContent? _content;
    private RecordingStream? _recorder;
    private State _state;
    private bool _isTooLong;
    private long _written;
    private long? _expected;
    private bool _isWithdrawn;
    private int _readers;
    private bool _isClosed;

    private BodyRecording(HttpRequestMessage request, HttpContent body, long? length, int limit)
        : base(request)
    {
        _body = _attached = body;
        _other = body switch
        {
            RecordedContent recorded => recorded.Recording,
            RecordedDuplexContent recorded => recorded.Recording,
            _ => null,
        };
        _buffer = length > limit ? new RecordingBuffer(0, 0) : new RecordingBuffer(limit, (int)(length ?? 0));
    }

    private enum State
    {
        NotBegun,
        Begun,

        // Written, but longer than the limit.
        Written,
        Recorded,
    }

    public HttpContent Body => _body;

    // What the request had before: the content of a send that has ended could not be sent again.
    private HttpContent Original => _other is not { } other ? _body : other._isClosed ? other.Original : other._attached;

    /// <summary>Replaces the request's content with one that records it.</summary>
    /// <param name="request">A request with a body.</param>
    /// <param name="limit">How many bytes are recorded; a longer body is not.</param>
    public static BodyRecording Attach(HttpRequestMessage request, int limit)
    {
        var length = ReplayableContent.LengthOf(request.Content!);
        var recording = new BodyRecording(request, request.Content!, length, limit);
        recording.AttachTo(request);
        if (length is not null)
            recording._attached.Headers.ContentLength = length;
        return recording;
    }

    /// <summary>The same bytes can be sent once more if all are recorded, none has been read (<c>Expect: 100-continue</c>), or the framework can write them again.</summary>
    protected override bool TryWithdraw()
    {
        lock (_gate)
        {
            if (_state is State.NotBegun)
                (_content, _isWithdrawn) = (null, true);
            if (_state is not State.Written)
                return _state is not State.Begun;

            _expected = _written;
            return ReplayableContent.CanRewind(_body) && ReplayableContent.CanWriteAgain(_body, _written);
        }
    }

    /// <summary>Sets the request's content for its next send, even if an inner handler has replaced it: that handler gets the same body again.</summary>
    protected override void AttachTo(HttpRequestMessage request)
    {
        HttpContent content = MayBeDuplex(_body.GetType()) ? new RecordedDuplexContent(this) : new RecordedContent(this);
        CopyHeaders(_attached.Headers, content.Headers);
        request.Content = _attached = content;
        lock (_gate)
            _content = content;
    }

    /// <summary>Copies all headers as they are.</summary>
    public static void CopyHeaders(HttpContentHeaders from, HttpContentHeaders to)
    {
        foreach (var (name, values) in from.NonValidated)
            to.TryAddWithoutValidation(name, values);
    }

    /// <summary>Restores the request's own content, unless a redirect or other code has replaced it, and returns the buffer.</summary>
    public void Detach(HttpRequestMessage request)
    {
        if (ReferenceEquals(request.Content, _attached))
            RestoreContent(request);

        lock (_gate)
        {
            _isClosed = true;
            _recorder = null;
            if (_readers == 0)
                _buffer.Return();
        }
    }

    /// <summary>Writes the recording if it is complete, otherwise the body.</summary>
    /// <exception cref="IOException">The body belongs to another send, or is not as long as when it was first written.</exception>
    public void WriteTo(HttpContent content, Stream target, TransportContext? context, CancellationToken cancellationToken)
    {
        if (TryOpen() is { } recorded)
        {
            using (recorded)
                target.Write(recorded.Bytes.Span);

            return;
        }

        var recorder = Record(content, target);
        var isWritten = false;
        try
        {
            _body.CopyTo(recorder, context, cancellationToken);
            isWritten = true;
        }
        finally
        {
            End(recorder, isWritten, cancellationToken);
        }
    }

    /// <inheritdoc cref="WriteTo"/>
    public async Task WriteToAsync(HttpContent content, Stream target, TransportContext? context, CancellationToken cancellationToken)
    {
        if (TryOpen() is { } recorded)
        {
            using (recorded)
                await target.WriteAsync(recorded.Bytes, cancellationToken).ConfigureAwait(false);

            return;
        }

        var recorder = Record(content, target);
        var isWritten = false;
        try
        {
            await _body.CopyToAsync(recorder, context, cancellationToken).ConfigureAwait(false);
            isWritten = true;
        }
        finally
        {
            End(recorder, isWritten, cancellationToken);
        }
    }

    /// <summary>Begins to read the body's own stream, unless the body is known to be short: a copy would take as much memory as the body is long.</summary>
    /// <returns>What records it; or null: read a copy.</returns>
    /// <exception cref="IOException">The body belongs to another send.</exception>
    public RecordingStream? BeginToRead(HttpContent content)
    {
        // A class of the application may not notice that it has been read.
        var isToCopy = _state is State.Recorded || _body.GetType().Assembly != typeof(HttpContent).Assembly || _buffer.CanHold(ReplayableContent.LengthOf(_body));
        return isToCopy ? null : Record(content, Stream.Null);
    }

    /// <summary>Prepares the body's own stream. If it cannot seek, what is read of it is recorded; otherwise the body is not sent again.</summary>
    /// <returns>Null: read a copy.</returns>
    /// <exception cref="IOException">The body cannot be read again.</exception>
    public Stream? Prepare(Stream body, RecordingStream recorder)
    {
        // A multipart body of unknown length has been loaded into memory, where the framework can read and write it again.
        var isLoaded = body is MemoryStream;
        if (isLoaded && _buffer.CanHold(body.Length))
            return null;

        // A body that is read as a stream does not move it back, and does not know that it has been read: what is read or written later would be empty.
        if (_body is MultipartContent && body.Position > 0)
            body.Position = 0;
        if (!isLoaded && ReplayableContent.CanRewind(_body) && !ReplayableContent.CanBegin(_body))
            throw new IOException("The body cannot be read again.");
        if (!body.CanSeek)
            return new RecordedStream(this, recorder, body);

        End(recorder, isWritten: false, CancellationToken.None);
        return body;
    }

    /// <summary>Adds written bytes, unless another write of the body has begun since, or the call has returned.</summary>
    public void Append(RecordingStream recorder, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_recorder != recorder || _isTooLong || _buffer.TryAppend(bytes))
                return;

            _isTooLong = true;
            _buffer.Return();
        }
    }

    /// <summary>Ends a write, or a read, of the body.</summary>
    public void End(RecordingStream recorder, bool isWritten, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_recorder != recorder)
                return;

            // A body whose write is cancelled, or that ignores a failed write, may return early as if it were complete.
            _recorder = null;
            if (!isWritten || !recorder.HasWrittenAll || cancellationToken.IsCancellationRequested)
                return;
            if (_expected is { } expected && expected != recorder.Written)
                throw new IOException("The body is not as long as when it was first sent.");

            (_state, _written) = (_isTooLong ? State.Written : State.Recorded, recorder.Written);
        }
    }

    /// <summary>Called when the content is disposed: it can no longer be sent.</summary>
    public void DisposeBody()
    {
        lock (_gate)
            (_state, _recorder) = (State.Begun, null);

        _body.Dispose();
    }

    // The framework's contents, and those derived from them, are sent completely before the response is read. Others may be duplex over HTTP/2, like a gRPC call, and stay so.
    private static bool MayBeDuplex(Type content) => content.Assembly == typeof(HttpContent).Assembly ? content == typeof(HttpContent) : MayBeDuplex(content.BaseType!);

    private void RestoreContent(HttpRequestMessage request)
    {
        try
        {
            request.Content = Original;
        }
        catch (ObjectDisposedException)
        {
            // The caller disposed the request, and its body, during the call.
        }
    }

    private Reading? TryOpen()
    {
        lock (_gate)
        {
            if (_state is not State.Recorded || _isClosed)
                return null;

            _readers++;
            return new Reading(this);
        }
    }

    private RecordingStream Record(HttpContent content, Stream target)
    {
        var recorder = new RecordingStream(this, target);
        lock (_gate)
        {
            // A late write of the first send, through its own content, or through the newer one, since the stack reads the request's content only when it writes:
            // both sends would write parts of one body.
            if (_content != content || (_isWithdrawn && _recorder is not null))
                throw new IOException("The API has already responded; the body is written only when the request is sent again.");

            if (!_isClosed)
            {
                (_state, _recorder, _isTooLong) = (State.Begun, recorder, false);
                _buffer.Restart();
            }
        }

        return recorder;
    }

    private readonly struct Reading(BodyRecording recording) : IDisposable
    {
        public ReadOnlyMemory<byte> Bytes => recording._buffer.Written;

        public void Dispose()
        {
            lock (recording._gate)
            {
                if (--recording._readers == 0 && recording._isClosed)
                    recording._buffer.Return();
            }
        }
    }
}
