using System.Net.Http.Json;

namespace Apiax.Http.Handlers;

/// <summary>Decides by type whether a body can be sent twice. Trying would not tell: a spent stream sends nothing, and gets a 200.</summary>
internal static class ReplayableContent
{
    public static bool Includes(HttpContent? content) => content switch
    {
        null or ByteArrayContent or ReadOnlyMemoryContent or JsonContent => true,
        MultipartContent parts => parts.All(Includes),
        StreamContent stream => CanSeek(stream),
        _ => false,
    };

    private static bool CanSeek(StreamContent content)
    {
        try
        {
            return content.ReadAsStream().CanSeek;
        }
        catch (Exception exception) when (exception is ObjectDisposedException or InvalidOperationException)
        {
            // Disposed of, or spent: the caller shall hear of the 401, not of this.
            return false;
        }
    }
}
