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
    /// Whether it follows redirects, which could send the password to another host, or keeps cookies, which could send one account's session with another's
    /// request.
    /// </summary>
    public static bool HasRedirectsOrCookies(HttpMessageHandler handler) => InnermostOf(handler) switch
    {
        SocketsHttpHandler sockets => sockets.AllowAutoRedirect || sockets.UseCookies,
        HttpClientHandler client => client.AllowAutoRedirect || client.UseCookies,
        _ => false,
    };

    /// <summary>Turns redirects and cookies off, and bypasses the system's proxy for loopback.</summary>
    public static void Restrict(HttpMessageHandler handler)
    {
        // After its first request, a handler's properties cannot be set, not even to the same value.
        var restricts = HasRedirectsOrCookies(handler);
        switch (InnermostOf(handler))
        {
            case SocketsHttpHandler sockets:
                // No connection is used twice: a login on one that the server is closing would be lost, and not sent again for a time.
                if (restricts)
                    (sockets.AllowAutoRedirect, sockets.UseCookies, sockets.PooledConnectionIdleTimeout) = (false, false, TimeSpan.Zero);
                if (sockets is { UseProxy: true, Proxy: null } && LoopbackProxy.IsNeeded)
                    sockets.Proxy = LoopbackProxy.Instance;
                break;
            case HttpClientHandler client:
                if (restricts)
                    (client.AllowAutoRedirect, client.UseCookies) = (false, false);
                if (client is { UseProxy: true, Proxy: null } && LoopbackProxy.IsNeeded)
                    client.Proxy = LoopbackProxy.Instance;
                break;
        }
    }
}
