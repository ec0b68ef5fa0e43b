namespace Apiax.Http.Handlers;

/// <summary>The stream that a body is written to: it forwards and records all bytes.</summary>
internal sealed class RecordingStream(BodyRecording recording, Stream target) : SequentialStream
{
    private int _unfinished;

    public override bool CanRead => false;

    public override bool CanWrite => target.CanWrite;

    /// <summary>How many bytes were written.</summary>
    public long Written { get; private set; }

    /// <summary>Whether all writes have succeeded: a body may ignore that one did not, and end early.</summary>
    public bool HasWrittenAll => Volatile.Read(ref _unfinished) == 0;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Begin(buffer);
        target.Write(buffer);
        End();
    }

    public override void WriteByte(byte value) => Write([value]);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Begin(buffer.Span);
        var writing = target.WriteAsync(buffer, cancellationToken);
        if (!writing.IsCompletedSuccessfully)
            return EndAsync(writing);

        End();
        return writing;
    }

    public override void Flush()
    {
        Begin([]);
        target.Flush();
        End();
    }

    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        Begin([]);
        var flushing = target.FlushAsync(cancellationToken);
        if (!flushing.IsCompletedSuccessfully)
            return EndAsync(new ValueTask(flushing)).AsTask();

        End();
        return flushing;
    }

    protected override void Dispose(bool disposing)
    {
        target.Dispose();
        base.Dispose(disposing);
    }

    private void Begin(ReadOnlySpan<byte> bytes)
    {
        Interlocked.Increment(ref _unfinished);
        Written += bytes.Length;
        recording.Append(this, bytes);
    }

    private void End() => Interlocked.Decrement(ref _unfinished);

    private async ValueTask EndAsync(ValueTask operation)
    {
        await operation.ConfigureAwait(false);
        End();
    }
}
