namespace Apiax.Cli;

/// <summary>The links of the chain in order, each with the exit code for the case that it is the first broken one.</summary>
internal enum Link
{
    Configuration = 10,
    Name = 11,
    Connection = 12,
    Encryption = 13,
    Endpoint = 14,
    Clock = 15,
    SignIn = 16,
    Lifetime = 17,
    Refresh = 18,
    Api = 19,
}

/// <summary>The names of the links, for people and for scripts.</summary>
internal static class LinkNames
{
    public static string Title(this Link link) => link switch
    {
        Link.Name => "Name (DNS)",
        Link.Connection => "Connection (TCP)",
        Link.Encryption => "Encryption (TLS)",
        Link.Endpoint => "Token endpoint",
        Link.SignIn => "Sign-in",
        Link.Lifetime => "Token lifetime",
        Link.Refresh => "Token refresh",
        Link.Api => "API",
        _ => link.ToString(),
    };

    public static string Key(this Link link) => link switch
    {
        Link.Name => "dns",
        Link.Connection => "tcp",
        Link.Encryption => "tls",
        Link.SignIn => "login",
        _ => link.ToString().ToLowerInvariant(),
    };
}
