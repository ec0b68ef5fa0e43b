namespace Apiax.Http.Handlers;

/// <summary>Returns the access token of one account, for code that sends it without an <see cref="HttpClient"/>: gRPC, SignalR, WebSockets.</summary>
/// <remarks>
/// Resolve it from the container (the shared account), or keyed by a client's name (that client's own account). It is thread-safe;
/// any number of callers share one token request.
/// </remarks>
public interface IApiaxAccessTokenProvider
{
    /// <summary>Returns the current token, or gets a new one if it is no longer valid.</summary>
    /// <param name="cancellationToken">Ends this caller's wait; the shared token request goes on for the others.</param>
    /// <returns>A token; the task is already completed if the current token is valid.</returns>
    /// <exception cref="ApiaxAuthException">No token could be obtained.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">Resolved from a container: the account's settings are wrong.</exception>
    /// <exception cref="ObjectDisposedException">The provider or its container was disposed, and there is no valid token.</exception>
    /// <exception cref="OperationCanceledException">This caller cancelled.</exception>
    ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default);

    /// <summary>Gets a token to replace one that the API rejected with 401.</summary>
    /// <param name="rejected">The token that was rejected.</param>
    /// <param name="cancellationToken">Ends this caller's wait; the shared token request goes on for the others.</param>
    /// <returns>
    /// Another token, to send the request again; or <see langword="null"/>: do not send it again. Tokens were replaced too often, or the server returned the
    /// rejected token again.
    /// </returns>
    /// <exception cref="ApiaxAuthException">No other token could be obtained.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="rejected"/> is null.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">Resolved from a container: the account's settings are wrong.</exception>
    /// <exception cref="ObjectDisposedException">The provider or its container was disposed.</exception>
    /// <exception cref="OperationCanceledException">This caller cancelled.</exception>
    ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default);
}
