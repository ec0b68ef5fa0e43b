namespace Apiax.Http.Handlers;

/// <summary>Which bodies the framework itself writes a second time byte for byte. All others are recorded while they are sent.</summary>
internal static class ReplayableContent
{
    private const string ContentLength = "Content-Length";

    /// <summary>Called before the first send. By exact type: a derived class may write whatever it likes.</summary>
    public static bool Includes(HttpContent? content) => content switch
    {
        null or ReadOnlyMemoryContent => true,
        ByteArrayContent => content.GetType() is var type && (type == typeof(ByteArrayContent) || type == typeof(StringContent) || type == typeof(FormUrlEncodedContent)),
        StreamContent => content.GetType() == typeof(StreamContent) && Rewinds(content),
        MultipartContent parts => (parts.GetType() == typeof(MultipartContent) || parts.GetType() == typeof(MultipartFormDataContent)) && parts.All(Includes),
        _ => false,
    };

    /// <summary>Called before the second send: whether nobody has disposed of it, or of its stream, meanwhile.</summary>
    public static bool IsOpen(HttpContent content) => StreamOf(content)?.CanSeek == true;

    // It goes back to where the stream stood when the content was created, but the first time it may begin where somebody has moved the stream to.
    private static bool Rewinds(HttpContent content) =>
        StreamOf(content) is { CanSeek: true } stream && (stream.Position == stream.Length || stream.Length - stream.Position == LengthOf(content));

    private static long? LengthOf(HttpContent content)
    {
        var isSet = content.Headers.NonValidated.Contains(ContentLength);
        var length = content.Headers.ContentLength;

        // Reading it has set it, and a part of a multipart body would go out with one header more.
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
            // Somebody has read it asynchronously before, and then it is available in this way only.
            return Blocking.Wait(stream);
        }
#pragma warning disable CA1031 // Disposed of or broken: the caller gets the 401, not this exception.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
    }
}
