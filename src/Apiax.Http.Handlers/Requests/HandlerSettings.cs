using System.Net;

namespace Apiax.Http.Handlers;

/// <summary>The settings of a handler, as one value: an old host list is never combined with a new account's token.</summary>
/// <param name="tokens">The account's tokens.</param>
/// <param name="options">Validated settings.</param>
internal sealed class HandlerSettings(IApiaxAccessTokenProvider tokens, ApiaxAuthOptions options)
{
    /// <summary>The account's tokens.</summary>
    public IHostTokens Tokens { get; } = HostlessTokens.Of(tokens);

    /// <summary>The hosts that may get them.</summary>
    public ApiHosts Hosts { get; } = new(options);

    /// <summary>Whether a rejected request is sent again.</summary>
    public bool RetryOnUnauthorized { get; } = options.RetryOnUnauthorized;

    /// <summary>Whether a 403 without <c>insufficient_scope</c> counts as a rejected token.</summary>
    public bool ReplaceOnForbidden { get; } = options.ReplaceOnForbidden;

    /// <summary>How many bytes of a body are recorded while it is sent, so that it can be sent again.</summary>
    public int MaxReplayBodySize { get; } = options.MaxReplayBodySize;

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
