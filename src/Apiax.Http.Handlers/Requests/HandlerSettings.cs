using System.Net;

namespace Apiax.Http.Handlers;

/// <summary>The settings of a handler, as one value: an old host list is never combined with a new account's token.</summary>
/// <param name="Tokens">The account's tokens.</param>
/// <param name="Hosts">The hosts that may get them.</param>
/// <param name="RetryOnUnauthorized">Whether a rejected request is sent again.</param>
internal sealed record HandlerSettings(IHostTokens Tokens, ApiHosts Hosts, bool RetryOnUnauthorized)
{
    /// <param name="tokens">The account's tokens.</param>
    /// <param name="options">Validated settings.</param>
    public HandlerSettings(IApiaxAccessTokenProvider tokens, ApiaxAuthOptions options)
        : this(HostlessTokens.Of(tokens), new ApiHosts(options), options.RetryOnUnauthorized)
    {
        ReplaceOnForbidden = options.ReplaceOnForbidden;
        MaxReplayBodySize = options.MaxReplayBodySize;
    }

    /// <summary>Whether a 403 without <c>insufficient_scope</c> counts as a rejected token.</summary>
    public bool ReplaceOnForbidden { get; init; }

    /// <summary>How many bytes of a body are recorded while it is sent, so that it can be sent again.</summary>
    public int MaxReplayBodySize { get; init; }

    /// <summary>Whether a response means that the API does not accept the token.</summary>
    public bool Rejects(HttpResponseMessage response) => response.StatusCode switch
    {
        HttpStatusCode.OK => GrpcStatus.Of(response) is GrpcStatus.Unauthenticated,
        HttpStatusCode.Unauthorized => true,
        HttpStatusCode.Forbidden => ReplaceOnForbidden,
        _ => false,
    };

    /// <summary>Whether a response says something about the token that must be recorded.</summary>
    public bool IsRelevant(HttpResponseMessage response) => Tokens.IsWatched || Rejects(response);
}
