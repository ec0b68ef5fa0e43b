namespace Apiax.Http.Handlers;

/// <summary>An endpoint as a message may show it: what follows a question mark may be a secret (a gateway's key).</summary>
internal static class EndpointAddress
{
    public static string Of(Uri endpoint) => endpoint.GetLeftPart(UriPartial.Path);
}
