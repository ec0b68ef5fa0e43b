namespace Apiax.Http.Handlers;

/// <summary>
/// The body of a rejection. Its beginning is read into memory while a token request is under way, which may need its connection. A reader gets
/// that beginning, and then the rest from the connection.
/// </summary>
internal sealed class ReadAheadStream : SequentialStream
{
    // A longer body keeps its connection until it is read or disposed.
    private const int Limit = 64 * 1024;

    private readonly HttpContent _content;
    private readonly CancellationTokenSource _disposed = new();
    private readonly Task<Stream> _readAhead;
    private byte[] _buffer = new byte[4096];
    private volatile int _length;
    private int _position;
    private volatile bool _isRead;

    private ReadAheadStream(HttpContent content)
    {
        _content = content;
        _readAhead = Blocking.StartOutsideContext(() => new ValueTask<Stream>(ReadAheadAsync())).AsTask();

        // The caller may neither read nor dispose it.
        Abandoning.Abandon((Task)_readAhead);
    }

    public override bool CanRead => true;

    // Stryker disable once Boolean: nobody can read it, since StreamContent returns a stream of its own.
    public override bool CanWrite => false;

    /// <summary>Begins to read the body, unless it is known to be empty or too long.</summary>
    public static void Begin(HttpResponseMessage response)
    {
        var content = response.Content;
        if (content.Headers.ContentLength is 0 or > Limit)
            return;

        response.Content = new StreamContent(new ReadAheadStream(content));
        BodyRecording.CopyHeaders(content.Headers, response.Content.Headers);
    }

    public override int Read(Span<byte> buffer)
    {
        _isRead = true;
        if (Take(buffer) is > 0 and var ready)
            return ready;

        var rest = Blocking.Wait(_readAhead);
        return Take(buffer) is > 0 and var count ? count : rest.Read(buffer);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _isRead = true;
        if (Take(buffer.Span) is > 0 and var ready)
            return ready;

        var rest = await _readAhead.WaitAsync(cancellationToken).ConfigureAwait(false);
        return Take(buffer.Span) is > 0 and var count ? count : await rest.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        // Disposing the body reads its remainder, to reuse the connection: never while another read of it is under way.
        _disposed.CancelAll();
        _ = _readAhead.ContinueWith(_ => _content.Dispose(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        // Stryker disable once Statement: the base class does nothing.
        base.Dispose(disposing);
    }

    /// <summary>Ends with the body, at the limit, or when the caller begins to read.</summary>
    private async Task<Stream> ReadAheadAsync()
    {
        var rest = await _content.ReadAsStreamAsync(_disposed.Token).ConfigureAwait(false);
        while (_length < Limit && !_isRead)
        {
            if (_length == _buffer.Length)
                Array.Resize(ref _buffer, 2 * _length);

            var count = await rest.ReadAsync(_buffer.AsMemory(_length), _disposed.Token).ConfigureAwait(false);
            if (count == 0)
                break;

            _length += count;
        }

        return rest;
    }

    // May be called while a read is under way: the array has the bytes before the length counts them.
    private int Take(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _length - _position);
        _buffer.AsSpan(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }
}
