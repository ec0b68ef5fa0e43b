using System.Net;

namespace Apiax.Http.Handlers;

/// <summary>A form that knows whether it has been read: a form that was not read was not sent, after any failure, and may be sent again.</summary>
internal sealed class TokenFormContent(IEnumerable<KeyValuePair<string, string>> form) : FormUrlEncodedContent(form)
{
    private const int Unread = 0;
    private const int Read = 1;
    private const int Withdrawn = 2;

    private int _state;

    /// <summary>Withdraws the form, so that it cannot be sent any more.</summary>
    /// <returns>Whether that was in time.</returns>
    public bool TryWithdraw() => Interlocked.CompareExchange(ref _state, Withdrawn, Unread) != Read;

    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        MarkRead();
        base.SerializeToStream(stream, context, cancellationToken);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        MarkRead();
        return base.SerializeToStreamAsync(stream, context);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        MarkRead();
        return base.SerializeToStreamAsync(stream, context, cancellationToken);
    }

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken)
    {
        MarkRead();
        return base.CreateContentReadStream(cancellationToken);
    }

    protected override Task<Stream> CreateContentReadStreamAsync()
    {
        MarkRead();
        return base.CreateContentReadStreamAsync();
    }

    private void MarkRead()
    {
        if (Interlocked.CompareExchange(ref _state, Read, Unread) == Withdrawn)
            throw new OperationCanceledException("The request was cancelled before it was sent.");
    }
}
