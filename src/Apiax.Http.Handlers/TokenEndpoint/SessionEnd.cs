using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>Ends one session by its refresh token. It tries once: a session that stays open ends when it expires.</summary>
/// <remarks>
/// Uses Keycloak's <c>…/logout</c> if the token endpoint has Keycloak's path. Revoking a refresh token (<see href="https://www.rfc-editor.org/rfc/rfc7009">RFC
/// 7009</see>) ended every session of the user and client in Keycloak until December 2024, so it is done
/// only if the settings have a revocation endpoint.
/// </remarks>
/// <param name="handler">Returns the token client's handler, as for <see cref="TokenClient"/>.</param>
/// <param name="time">The clock of the time limit.</param>
/// <param name="logger">Failures are logged, not thrown.</param>
internal sealed class SessionEnd(Func<HttpMessageHandler> handler, TimeProvider time, ILogger logger)
{
    private const string KeycloakToken = "/protocol/openid-connect/token";

    /// <summary>Signs out.</summary>
    /// <param name="options">The account.</param>
    /// <param name="discardTokens">Discards the account's tokens and returns them.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task SignOutAsync(ApiaxAuthOptions options, Func<CancellationToken, Task<TokenSet?>> discardTokens, CancellationToken cancellationToken)
    {
        using var limit = new TimeLimit(options.AttemptTimeout, time, cancellationToken);
        try
        {
            if (await discardTokens(limit.Token).ConfigureAwait(false) is { RefreshToken: { } refreshToken } tokens && tokens.CanRefreshAt(time.GetUtcNow()))
                await EndAsync(options, refreshToken, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.Token.IsCancellationRequested)
        {
            logger.NotSignedOut(EndpointAddress.Of(options.TokenEndpoint), "no answer in time", exception: null);
        }
    }

    /// <summary>Ends a session that has been replaced by another, unless a revocation could end that one, too. It does not throw, and need not be awaited.</summary>
    /// <param name="options">The account.</param>
    /// <param name="refreshToken">The session's refresh token.</param>
    public Task EndReplacedAsync(ApiaxAuthOptions options, string refreshToken) =>
        options.RevocationEndpoint is null && EndpointOf(options) is not null ? EndAsync(options, refreshToken, CancellationToken.None) : Task.CompletedTask;

    private async Task EndAsync(ApiaxAuthOptions options, string refreshToken, CancellationToken cancellationToken)
    {
        if (EndpointOf(options) is not { } endpoint)
        {
            logger.NotSignedOut(EndpointAddress.Of(options.TokenEndpoint), $"no {nameof(options.RevocationEndpoint)} is set", exception: null);
            return;
        }

        using var limit = new TimeLimit(options.AttemptTimeout, time, cancellationToken);
        try
        {
            // A handler of the application may block or ignore the limit while the host waits.
            var sending = Task.Run(() => SendAsync(endpoint, options, refreshToken, limit.Token), limit.Token);
            var status = await sending.OrAbandonedAsync(limit.Token).ConfigureAwait(false);
            if (status is 200 or 204)
                logger.SignedOut(endpoint.Host);
            else
                logger.NotSignedOut(EndpointAddress.Of(endpoint), $"status {status}", exception: null);
        }
        catch (OperationCanceledException) when (limit.Token.IsCancellationRequested)
        {
            logger.NotSignedOut(EndpointAddress.Of(endpoint), "no answer in time", exception: null);
        }
#pragma warning disable CA1031 // No caller can handle it, and the application may be about to end.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            logger.NotSignedOut(EndpointAddress.Of(endpoint), "the request failed", VisibleCause.Of(exception));
        }
    }

    /// <summary>The endpoint in the settings, otherwise Keycloak's: the token endpoint with another last segment of the path, and the same query.</summary>
    public static Uri? EndpointOf(ApiaxAuthOptions options)
    {
        if (options.RevocationEndpoint is { } endpoint)
            return endpoint;

        var path = options.TokenEndpoint.AbsolutePath;
        return path.EndsWith(KeycloakToken, StringComparison.Ordinal)
            ? new UriBuilder(options.TokenEndpoint) { Path = path[..^"token".Length] + "logout" }.Uri
            : null;
    }

    private async Task<int> SendAsync(Uri endpoint, ApiaxAuthOptions options, string refreshToken, CancellationToken cancellationToken)
    {
        KeyValuePair<string, string>[] form = options.RevocationEndpoint is null
            ? [new("client_id", options.ClientId), new("refresh_token", refreshToken)]
            : [new("client_id", options.ClientId), new("token", refreshToken), new("token_type_hint", "refresh_token")];
        using var message = TokenClient.CreateMessage(endpoint, new FormUrlEncodedContent(form));
        using var invoker = new HttpMessageInvoker(handler(), disposeHandler: true);
        using var response = await invoker.SendAsync(message, cancellationToken).ConfigureAwait(false);
        return (int)response.StatusCode;
    }
}
