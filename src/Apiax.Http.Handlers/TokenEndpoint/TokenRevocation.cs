using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>Takes a refresh token back, and the session ends with it (<see href="https://www.rfc-editor.org/rfc/rfc7009">RFC 7009</see>). Tried once: a session that stays open ends by itself.</summary>
/// <param name="handler">Gives the token client's handler, as to <see cref="TokenClient"/>.</param>
/// <param name="time">The time limit runs on it.</param>
/// <param name="logger">Told how it went, since nobody is thrown at.</param>
internal sealed class TokenRevocation(Func<HttpMessageHandler> handler, TimeProvider time, ILogger logger)
{
    /// <param name="options">The account.</param>
    /// <param name="giveUpTokens">Gives its tokens, which nobody uses from then on.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task RevokeAsync(ApiaxAuthOptions options, Func<CancellationToken, Task<TokenSet?>> giveUpTokens, CancellationToken cancellationToken)
    {
        var endpoint = EndpointOf(options);
        using var limit = new TimeLimit(options.AttemptTimeout, time, cancellationToken);
        try
        {
            if (await giveUpTokens(limit.Token).ConfigureAwait(false) is not { } tokens || !tokens.CanRefreshAt(time.GetUtcNow()))
                return;

            // A handler of the application may block or ignore the limit, and the host waits.
            var sending = Task.Run(() => SendAsync(endpoint, options.ClientId, tokens.RefreshToken!, limit.Token), limit.Token);
            var status = await sending.WaitAsync(limit.Token).ConfigureAwait(false);
            if (status is 200)
                logger.SignedOut(endpoint.Host);
            else
                logger.NotSignedOut(EndpointAddress.Of(endpoint), $"status {status}", exception: null);
        }
        catch (OperationCanceledException) when (limit.Token.IsCancellationRequested)
        {
            logger.NotSignedOut(EndpointAddress.Of(endpoint), "no answer in time", exception: null);
        }
#pragma warning disable CA1031 // The application is about to end, and nothing can be done about it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            logger.NotSignedOut(EndpointAddress.Of(endpoint), "it could not be reached", exception);
        }
    }

    /// <summary>As the settings say; otherwise beside the token endpoint, where Keycloak has it: <c>…/token</c>, <c>…/revoke</c>.</summary>
    public static Uri EndpointOf(ApiaxAuthOptions options)
    {
        if (options.RevocationEndpoint is { } endpoint)
            return endpoint;

        var path = options.TokenEndpoint.AbsolutePath.TrimEnd('/');
        return new Uri(options.TokenEndpoint, path[..(path.LastIndexOf('/') + 1)] + "revoke");
    }

    private async Task<int> SendAsync(Uri endpoint, string clientId, string refreshToken, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, endpoint)
        {
            Content = new FormUrlEncodedContent([new("client_id", clientId), new("token", refreshToken), new("token_type_hint", "refresh_token")]),
        };
        using var invoker = new HttpMessageInvoker(handler(), disposeHandler: false);
        using var response = await invoker.SendAsync(message, cancellationToken).ConfigureAwait(false);
        return (int)response.StatusCode;
    }
}
