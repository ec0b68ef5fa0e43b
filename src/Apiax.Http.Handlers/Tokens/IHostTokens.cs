namespace Apiax.Http.Handlers;

/// <summary>Tokens for requests whose host is known: one host's rejection does not affect the others.</summary>
internal interface IHostTokens : IApiaxAccessTokenProvider
{
    /// <summary>The account's name in logs and metrics.</summary>
    string Account { get; }

    /// <summary>Whether <see cref="Accept"/> would change anything: checked for each response, so that an accepted token needs no further work.</summary>
    bool IsWatched { get; }

    /// <summary>Whether a call runs code of the application, which may need its caller's thread.</summary>
    bool RunsApplicationCode => false;

    /// <inheritdoc cref="IApiaxAccessTokenProvider.GetTokenAsync"/>
    /// <param name="api">The request's URL.</param>
    /// <param name="cancellationToken">Ends this caller's wait.</param>
    ValueTask<ApiaxAccessToken> GetTokenAsync(Uri api, CancellationToken cancellationToken);

    /// <summary>A host rejected a token.</summary>
    /// <returns>How often the host has rejected this token; 0 if the token has been replaced.</returns>
    int Reject(ApiaxAccessToken token, Uri api);

    /// <summary>A host accepted a token.</summary>
    void Accept(ApiaxAccessToken token, Uri api);

    /// <inheritdoc cref="IApiaxAccessTokenProvider.ReplaceTokenAsync"/>
    /// <param name="rejected">The token that was rejected.</param>
    /// <param name="api">The URL of the request that was rejected.</param>
    /// <param name="cancellationToken">Ends this caller's wait.</param>
    ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, Uri api, CancellationToken cancellationToken);
}
