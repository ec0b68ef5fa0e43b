using Microsoft.Extensions.Http;

namespace Apiax.Http.Handlers;

/// <summary>
/// Leaves the token client with nothing but its primary handler, whatever the application configures for every client: a logger would print
/// the password, a retry would lock the account, our own handler would wait for itself.
/// </summary>
/// <remarks>It must be the outermost of all filters, since the factory's loggers are added by one too.</remarks>
internal sealed class TokenClientFilter : IHttpMessageHandlerBuilderFilter
{
    public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => builder =>
    {
        next(builder);
        if (builder.Name != ApiaxAuthDefaults.TokenClientName)
            return;

        builder.AdditionalHandlers.Clear();
        Confine(builder.PrimaryHandler);
    };

    /// <summary>No redirect, which would take the password to wherever it points; no cookie, which would take one account's session to another's request.</summary>
    public static void Confine(HttpMessageHandler handler)
    {
        while (handler is DelegatingHandler { InnerHandler: { } inner })
            handler = inner;

        switch (handler)
        {
            // A handler that has sent a request refuses to be set, even to the same value.
            case SocketsHttpHandler sockets when sockets.AllowAutoRedirect || sockets.UseCookies:
                sockets.AllowAutoRedirect = false;
                sockets.UseCookies = false;
                break;
            case HttpClientHandler client when client.AllowAutoRedirect || client.UseCookies:
                client.AllowAutoRedirect = false;
                client.UseCookies = false;
                break;
        }
    }
}
