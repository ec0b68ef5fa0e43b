namespace Apiax.Http.Handlers;

/// <summary>A host of the API and its port. The default stands for callers who do not say which host rejected a token.</summary>
/// <param name="Name">The host in ASCII and lower case.</param>
/// <param name="Port">Its port.</param>
internal readonly record struct HostAndPort(string Name, int Port)
{
    public static HostAndPort Of(Uri api) => new(api.IdnHost, api.Port);
}
