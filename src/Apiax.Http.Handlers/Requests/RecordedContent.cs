using System.Net;

namespace Apiax.Http.Handlers;

/// <summary>Records a body that is sent completely before the response is read. The HTTP stack recognizes this by the base class: only the framework's own contents can declare it.</summary>
internal sealed class RecordedContent(BodyRecording recording) : ByteArrayContent([])
{
    public BodyRecording Recording => recording;

    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        recording.WriteTo(this, stream, context, cancellationToken);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        recording.WriteToAsync(this, stream, context, cancellationToken);

    // The base class would read its own bytes, but it has none.
    protected override Stream CreateContentReadStream(CancellationToken cancellationToken)
    {
        if (recording.BeginToRead(this) is { } recorder && recording.Prepare(recording.Body.ReadAsStream(cancellationToken), recorder) is { } body)
            return body;

        var copy = new MemoryStream();
        CopyTo(copy, context: null, cancellationToken);
        copy.Position = 0;
        return copy;
    }

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken)
    {
        if (recording.BeginToRead(this) is { } recorder && recording.Prepare(await recording.Body.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), recorder) is { } body)
            return body;

        var copy = new MemoryStream();
        await CopyToAsync(copy, cancellationToken).ConfigureAwait(false);
        copy.Position = 0;
        return copy;
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        recording.DisposeBody();
        base.Dispose(disposing);
    }
}
