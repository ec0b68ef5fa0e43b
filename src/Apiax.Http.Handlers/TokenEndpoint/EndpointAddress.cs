using System.Net;

namespace Apiax.Http.Handlers;

/// <summary>An endpoint as a message may show it: without the query, which may contain a secret (a gateway's key).</summary>
internal static class EndpointAddress
{
    public static string Of(Uri endpoint) => endpoint.GetLeftPart(UriPartial.Path);

    /// <summary>What may be a secret in the query: all of it and each value, as it is and unescaped.</summary>
    public static IEnumerable<string> SecretsOf(Uri endpoint)
    {
        // A text of up to three characters, such as the value in v=1, is no secret, and would be found in most messages.
        const int MinLength = 4;
        var query = endpoint.Query.TrimStart('?');
        return query.Split('&').Select(parameter => parameter[(parameter.IndexOf('=', StringComparison.Ordinal) + 1)..]).Append(query)
            .SelectMany(text => (string[])[text, Uri.UnescapeDataString(text), WebUtility.UrlDecode(text)]).Where(text => text.Length >= MinLength);
    }
}
