namespace Apiax.Http.Handlers;

/// <summary>A host of the API and its port.</summary>
/// <remarks>A class, and so are other keys: collections of structures are compiled at the first call of a process.</remarks>
/// <param name="Name">The host in ASCII and lower case.</param>
/// <param name="Port">Its port.</param>
internal sealed record HostAndPort(string Name, int Port)
{
    /// <summary>Stands for callers who do not say which host rejected a token.</summary>
    public static HostAndPort Unnamed { get; } = new("", 0);

    public static HostAndPort Of(Uri api) => new(api.IdnHost, api.Port);
}
