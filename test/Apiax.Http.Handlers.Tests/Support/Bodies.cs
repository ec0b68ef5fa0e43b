using System.Net;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Bodies as applications and other libraries make them.</summary>
internal static class Bodies
{
    /// <summary>Rows from a reader: the second time there are none.</summary>
    public static IEnumerable<int> Once(params int[] rows)
    {
        var reader = new Queue<int>(rows);
        return Rows();

        IEnumerable<int> Rows()
        {
            while (reader.TryDequeue(out var row))
                yield return row;
        }
    }

    public static async IAsyncEnumerable<int> OnceAsync(params int[] rows)
    {
        await Task.Yield();
        foreach (var row in Once(rows))
            yield return row;
    }

    /// <summary>A stream that cannot seek.</summary>
    internal sealed class OneWayStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }
    }

    /// <summary>A stream that declares that it can seek, but cannot.</summary>
    internal sealed class UnmovableStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override long Position
        {
            get => base.Position;
            set => throw new NotSupportedException();
        }

        public override long Seek(long offset, SeekOrigin loc) => throw new NotSupportedException();
    }

    /// <summary>An application's own class: writes with the given function, and counts how often.</summary>
    internal sealed class OwnContent(Func<Stream, Task> write, long? length = null) : HttpContent
    {
        public int Writings { get; private set; }

        public bool IsDisposed { get; private set; }

        protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            Blocking.Wait(WriteAsync(stream));

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => WriteAsync(stream);

        protected override bool TryComputeLength(out long computed)
        {
            computed = length ?? 0;
            return length is not null;
        }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }

        private async Task<bool> WriteAsync(Stream stream)
        {
            Writings++;
            await write(stream);
            return true;
        }
    }

    /// <summary>Copies its stream itself, and cannot do it twice.</summary>
    internal sealed class CopyingContent(Stream body) : StreamContent(body)
    {
        private readonly Stream _body = body;

        protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken) => _body.CopyTo(stream);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _body.CopyToAsync(stream);
    }
}
