namespace Apiax.Http.Handlers;

/// <summary>Tells which bodies the framework can write a second time, byte for byte. All others are recorded while they are sent.</summary>
internal static class ReplayableContent
{
    private const string ContentLength = "Content-Length";

    /// <summary>Called before the first send. By exact type: a derived class may write other bytes.</summary>
    public static bool Includes(HttpContent? content) => content switch
    {
        null or ReadOnlyMemoryContent => true,
        ByteArrayContent => content.GetType() is var type && (type == typeof(ByteArrayContent) || type == typeof(StringContent) || type == typeof(FormUrlEncodedContent)),
        StreamContent => content.GetType() == typeof(StreamContent) && Rewinds(content),
        MultipartContent parts => (parts.GetType() == typeof(MultipartContent) || parts.GetType() == typeof(MultipartFormDataContent)) && parts.All(Includes),
        _ => false,
    };

    /// <summary>Called before the second send: whether neither the content nor its stream has been disposed meanwhile.</summary>
    public static bool IsOpen(HttpContent content) => StreamOf(content)?.CanSeek == true;

    // It rewinds to the stream's position at creation, but the first write begins at the current position, which may have changed since.
    private static bool Rewinds(HttpContent content) =>
        StreamOf(content) is { CanSeek: true } stream && (stream.Position == stream.Length || stream.Length - stream.Position == LengthOf(content));

    private static long? LengthOf(HttpContent content)
    {
        var isSet = content.Headers.NonValidated.Contains(ContentLength);
        var length = content.Headers.ContentLength;

        // Reading the length has set it, and a part of a multipart body would be sent with one more header.
        if (!isSet)
            content.Headers.Remove(ContentLength);

        return length;
    }

    private static Stream? StreamOf(HttpContent content)
    {
        try
        {
            return content.ReadAsStream();
        }
        catch (HttpRequestException) when (content.ReadAsStreamAsync() is { IsCompletedSuccessfully: true } stream)
        {
            // After an asynchronous read, the stream is available asynchronously only.
            return Blocking.Wait(stream);
        }
#pragma warning disable CA1031 // Disposed or broken: the caller gets the 401, not this exception.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
    }
}
