using System.Collections;
using System.Net.Http.Json;

namespace Apiax.Http.Handlers;

/// <summary>Decides by type whether a body can be sent twice. Trying would not tell: a spent stream sends nothing, and gets a 200.</summary>
internal static class ReplayableContent
{
    public static bool Includes(HttpContent? content) => content switch
    {
        null or ByteArrayContent or ReadOnlyMemoryContent => true,
        JsonContent json => IsRepeatable(json.Value),
        MultipartContent parts => parts.All(Includes),
        StreamContent stream => CanSeek(stream),
        _ => false,
    };

    // JSON is written anew each time. A sequence that is no collection may be good for once only, and would be sent empty the second time.
    private static bool IsRepeatable(object? value) => value is string or ICollection or IReadOnlyCollection<object> or not (IEnumerable or IAsyncEnumerable<object>);

    private static bool CanSeek(StreamContent content)
    {
        try
        {
            return content.ReadAsStream().CanSeek;
        }
#pragma warning disable CA1031 // Disposed of, spent, or a type with a mind of its own: the caller shall hear of the 401, not of this.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }
}
