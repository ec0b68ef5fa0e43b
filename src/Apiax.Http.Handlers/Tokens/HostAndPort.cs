namespace Apiax.Http.Handlers;

/// <summary>A host of the API and its port.</summary>
/// <remarks>A class, like other keys: collections of structs are compiled at the first call of a process.</remarks>
/// <param name="Name">The host in ASCII and lower case.</param>
/// <param name="Port">Its port.</param>
internal sealed record HostAndPort(string Name, int Port)
{
    /// <summary>The host for callers that do not name the host that rejected a token.</summary>
    public static HostAndPort Unnamed { get; } = new("", 0);

    public static HostAndPort Of(Uri api) => new(api.IdnHost, api.Port);
}
