namespace Apiax.Http.Handlers;

/// <summary>Determines which bodies the framework can write a second time, byte for byte. By exact type: a derived class may write other bytes.</summary>
internal static class ReplayableContent
{
    private const string ContentLength = "Content-Length";

    /// <summary>Whether a body is sent again as it is. All others are recorded while they are sent.</summary>
    public static bool IsInMemory(HttpContent? content) => content switch
    {
        null or ReadOnlyMemoryContent => true,
        ByteArrayContent => content.GetType() is var type && (type == typeof(ByteArrayContent) || type == typeof(StringContent) || type == typeof(FormUrlEncodedContent)),
        MultipartContent parts => IsOfFramework(parts) && parts.All(IsInMemory),
        _ => false,
    };

    /// <summary>Whether the framework can write a body again, if its streams can seek.</summary>
    public static bool CanRewind(HttpContent content) => content switch
    {
        StreamContent => content.GetType() == typeof(StreamContent),
        MultipartContent parts => IsOfFramework(parts) && parts.All(CanRewind),
        _ => IsInMemory(content),
    };

    /// <summary>Whether a body that was written can be written again with as many bytes: it has not been disposed, and no stream has been moved, has changed its length, or cannot be moved back.</summary>
    /// <param name="content">A body that <see cref="CanRewind"/>.</param>
    /// <param name="written">How many bytes were written.</param>
    public static bool CanWriteAgain(HttpContent content, long written)
    {
        try
        {
            return LengthOf(content) == written && CanBegin(content);
        }
#pragma warning disable CA1031 // A stream of the application may throw: the caller gets the 401, not this exception.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }

    /// <summary>The length of a body: as the application set it, or computed each time. .NET would keep a computed one as if it had been set, while streams change. Other bodies may be used by several sends at once, and keep it.</summary>
    public static long? LengthOf(HttpContent content)
    {
        var isSet = content.Headers.NonValidated.Contains(ContentLength);
        var length = content.Headers.ContentLength;
        if (!isSet && CanRewind(content) && !IsInMemory(content))
            content.Headers.Remove(ContentLength);
        return length;
    }

    /// <summary>Whether a body, and each of its parts, can begin to write. A stream is moved back for that, but not read: it may declare that it can seek, and throw.</summary>
    public static bool CanBegin(HttpContent content)
    {
        using var target = new ClosedStream();
        try
        {
            content.CopyTo(target, context: null, CancellationToken.None);
        }
#pragma warning disable CA1031 // The target accepts nothing. If it was not reached, the body is disposed or broken: the caller gets the 401, not this exception.
        catch (Exception)
#pragma warning restore CA1031
        {
            if (!target.IsReached)
                return false;
        }

        return content is not MultipartContent parts || parts.All(CanBegin);
    }

    /// <summary>Moves the stream of a body in memory back. The body keeps it: code inside that has read it would read nothing when the request is sent again.</summary>
    /// <returns>False if that code, or code above, has closed it, or has disposed the body.</returns>
    public static bool TryMoveBack(HttpContent content)
    {
        try
        {
            return StreamOf(content).Seek(0, SeekOrigin.Begin) == 0;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    private static Stream StreamOf(HttpContent content)
    {
        try
        {
            return content.ReadAsStream();
        }
        catch (HttpRequestException)
        {
            // It was read asynchronously.
            return Blocking.Wait(content.ReadAsStreamAsync());
        }
    }

    private static bool IsOfFramework(MultipartContent content) =>
        content.GetType() == typeof(MultipartContent) || content.GetType() == typeof(MultipartFormDataContent);

    /// <summary>A target that cannot be written to: a stream that is copied checks that before it is read.</summary>
    private sealed class ClosedStream : MemoryStream
    {
        public bool IsReached { get; private set; }

        public override bool CanWrite
        {
            get
            {
                IsReached = true;
                return false;
            }
        }

        // The base class would copy the bytes first.
        public override void Write(ReadOnlySpan<byte> buffer) => Write([], 0, 0);
    }
}
