namespace Apiax.Http.Handlers;

/// <summary>What the primary handler of token requests must not do, whoever made it.</summary>
internal static class TokenPrimaryHandler
{
    /// <summary>The handler that sends: the innermost, as far as one can see.</summary>
    public static HttpMessageHandler InnermostOf(HttpMessageHandler handler)
    {
        while (handler is DelegatingHandler { InnerHandler: { } inner })
            handler = inner;

        return handler;
    }

    /// <summary>Whether it follows redirects, which would take the password to wherever they point, or keeps cookies, which would take one account's session to another's request.</summary>
    public static bool HasRedirectsOrCookies(HttpMessageHandler handler) => InnermostOf(handler) switch
    {
        SocketsHttpHandler sockets => sockets.AllowAutoRedirect || sockets.UseCookies,
        HttpClientHandler client => client.AllowAutoRedirect || client.UseCookies,
        _ => false,
    };

    /// <summary>Turns redirects and cookies off, and sends past the system's proxy what stays on this machine.</summary>
    public static void Restrict(HttpMessageHandler handler)
    {
        // A handler that has sent a request refuses to be set, even to the same value.
        var restricts = HasRedirectsOrCookies(handler);
        switch (InnermostOf(handler))
        {
            case SocketsHttpHandler sockets:
                if (restricts)
                    (sockets.AllowAutoRedirect, sockets.UseCookies) = (false, false);
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
