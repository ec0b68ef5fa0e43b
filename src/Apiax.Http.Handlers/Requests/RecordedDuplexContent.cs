using System.Net;

namespace Apiax.Http.Handlers;

/// <summary>Records a body that may still be sent, over HTTP/2, while the response is read.</summary>
internal sealed class RecordedDuplexContent(BodyRecording recording) : HttpContent
{
    public BodyRecording Recording => recording;

    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        recording.WriteTo(this, stream, context, cancellationToken);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => recording.WriteToAsync(this, stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        recording.WriteToAsync(this, stream, context, cancellationToken);

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
