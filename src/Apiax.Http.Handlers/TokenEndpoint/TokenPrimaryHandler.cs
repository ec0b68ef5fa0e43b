namespace Apiax.Http.Handlers;

/// <summary>Restrictions for every primary handler of token requests.</summary>
internal static class TokenPrimaryHandler
{
    /// <summary>The handler that sends: the innermost one that can be found.</summary>
    public static HttpMessageHandler InnermostOf(HttpMessageHandler handler)
    {
        while (handler is DelegatingHandler { InnerHandler: { } inner })
            handler = inner;

        return handler;
    }

    /// <summary>
    /// Whether it follows redirects, which could send the password to another host; keeps cookies, which could send one account's session with another's
    /// request; or has credentials, with which .NET answers a 401 by sending the password once more at once.
    /// </summary>
    public static bool NeedsRestriction(HttpMessageHandler handler) => InnermostOf(handler) switch
    {
        SocketsHttpHandler sockets => sockets.AllowAutoRedirect || sockets.UseCookies || sockets.Credentials is not null,
        HttpClientHandler client => client.AllowAutoRedirect || client.UseCookies || client.Credentials is not null,
        var other => IsUnrestricted(other),
    };

    /// <summary>Turns redirects, cookies and credentials off, and bypasses the system's proxy for loopback.</summary>
    /// <exception cref="ApiaxAuthException">They cannot be turned off.</exception>
    public static void Restrict(HttpMessageHandler handler)
    {
        // After its first request, a handler's properties cannot be set, not even to the same value.
        var restricts = NeedsRestriction(handler);
        switch (InnermostOf(handler))
        {
            case SocketsHttpHandler sockets:
                // No connection is used twice: a login on one that the server is closing would be lost, and not sent again for a time.
                if (restricts)
                    (sockets.AllowAutoRedirect, sockets.UseCookies, sockets.Credentials, sockets.PooledConnectionIdleTimeout) = (false, false, null, TimeSpan.Zero);
                if (sockets is { UseProxy: true, Proxy: null } && LoopbackProxy.IsNeeded)
                    sockets.Proxy = LoopbackProxy.Instance;
                break;
            case HttpClientHandler client:
                if (restricts)
                    (client.AllowAutoRedirect, client.UseCookies, client.Credentials) = (false, false, null);
                if (client is { UseProxy: true, Proxy: null } && LoopbackProxy.IsNeeded)
                    client.Proxy = LoopbackProxy.Instance;
                break;
            case { } other when restricts:
                throw new ApiaxAuthException(
                    ApiaxAuthFailure.Misconfigured,
                    $"A {other.GetType()} cannot send token requests: it follows redirects and keeps cookies, which could send the password to another host. Use a new SocketsHttpHandler() as primary handler of the client {nameof(ApiaxAuthDefaults)}.{nameof(ApiaxAuthDefaults.TokenClientName)}.");
        }
    }

    // Its package is not referenced, so it cannot be changed. Any other handler is the application's own, such as a test's, or wraps one that is not found.
    private static bool IsUnrestricted(HttpMessageHandler handler) => handler.GetType().FullName is "System.Net.Http.WinHttpHandler";
}
