namespace Apiax.Http.Handlers;

/// <summary>An endpoint as it may stand in a message: what follows a question mark may be a secret (a gateway's key).</summary>
internal static class EndpointAddress
{
    public static string Of(Uri endpoint) => endpoint.GetLeftPart(UriPartial.Path);
}
