namespace Apiax.Http.Handlers;

/// <summary>Tokens for requests whose host is known: what one host says of a token does not concern the others.</summary>
internal interface IHostTokens : IApiaxAccessTokenProvider
{
    /// <summary>What the account is called in logs and metrics.</summary>
    string Account { get; }

    /// <summary>Whether <see cref="Accept"/> would change anything: looked at for each answer, so that an accepted token costs nothing more.</summary>
    bool IsWatched { get; }

    /// <inheritdoc cref="IApiaxAccessTokenProvider.GetTokenAsync"/>
    /// <param name="api">Where the request goes.</param>
    /// <param name="cancellationToken">Ends this caller's wait.</param>
    ValueTask<ApiaxAccessToken> GetTokenAsync(Uri api, CancellationToken cancellationToken);

    /// <summary>A host rejected a token.</summary>
    /// <returns>How often it has rejected this token; 0 when another one has taken its place.</returns>
    int Reject(ApiaxAccessToken token, Uri api);

    /// <summary>A host accepted a token.</summary>
    void Accept(ApiaxAccessToken token, Uri api);

    /// <inheritdoc cref="IApiaxAccessTokenProvider.ReplaceTokenAsync"/>
    /// <param name="rejected">The token that was rejected.</param>
    /// <param name="api">Who rejected it.</param>
    /// <param name="cancellationToken">Ends this caller's wait.</param>
    ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, Uri api, CancellationToken cancellationToken);
}
