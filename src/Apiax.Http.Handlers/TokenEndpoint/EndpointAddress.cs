namespace Apiax.Http.Handlers;

/// <summary>An endpoint as a message may show it: without the query, which may contain a secret (a gateway's key).</summary>
internal static class EndpointAddress
{
    public static string Of(Uri endpoint) => endpoint.GetLeftPart(UriPartial.Path);
}
