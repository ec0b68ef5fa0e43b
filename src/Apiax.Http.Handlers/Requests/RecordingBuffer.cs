using System.Buffers;

namespace Apiax.Http.Handlers;

/// <summary>The bytes of one recording, in pooled memory that is cleared before it goes back: a body may contain a secret.</summary>
/// <param name="limit">The maximum number of bytes.</param>
/// <param name="expected">The expected number of bytes, if known.</param>
internal sealed class RecordingBuffer(int limit, int expected)
{
    private const int MinSize = 4096;
    private const long MaxTotalBytes = 64 * 1024 * 1024;

    private static long s_totalBytes;
    private byte[]? _buffer;
    private int _length;

    /// <summary>The number of bytes in all recordings of the process.</summary>
    public static long TotalBytes => Interlocked.Read(ref s_totalBytes);

    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    /// <summary>Whether a body of this length is recorded; of an unknown one, that is not known.</summary>
    public bool CanHold(long? length) => length <= limit;

    /// <returns>Whether there was room for the bytes.</returns>
    public bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > limit - _length || (bytes.Length > (_buffer?.Length ?? 0) - _length && !TryGrow(_length + bytes.Length)))
            return false;

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
        return true;
    }

    public void Restart() => _length = 0;

    public void Return()
    {
        Return(_buffer);
        (_buffer, _length) = (null, 0);
    }

    private static void Return(byte[]? buffer)
    {
        if (buffer is null)
            return;

        Interlocked.Add(ref s_totalBytes, -buffer.Length);

        // All of it: an earlier write may have been longer.
        ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
    }

    private bool TryGrow(int size)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(size, Math.Max(expected, Math.Min(limit, Math.Max(MinSize, 2 * _length)))));
        if (Interlocked.Add(ref s_totalBytes, larger.Length) > MaxTotalBytes)
        {
            Return(larger);
            return false;
        }

        Written.Span.CopyTo(larger);
        Return(_buffer);
        _buffer = larger;
        return true;
    }
}
