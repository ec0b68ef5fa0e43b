namespace Apiax.Http.Handlers;

/// <summary>A body's own stream: what is read of it is recorded.</summary>
internal sealed class RecordedStream(BodyRecording recording, RecordingStream recorder, Stream body) : SequentialStream
{
    public override bool CanRead => true;

    public override bool CanWrite => false;

    public override int Read(Span<byte> buffer)
    {
        var count = body.Read(buffer);
        Record(buffer, count);
        return count;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Record(buffer.Span, count);
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        body.Dispose();
        base.Dispose(disposing);
    }

    private void Record(ReadOnlySpan<byte> buffer, int count)
    {
        recorder.Write(buffer[..count]);
        if (count == 0 && !buffer.IsEmpty)
            recording.End(recorder, isWritten: true, CancellationToken.None);
    }
}
