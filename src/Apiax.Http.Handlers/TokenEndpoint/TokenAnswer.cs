using System.Net;

namespace Apiax.Http.Handlers;

/// <summary>An answer of the token endpoint, read as far as it is safe to.</summary>
/// <param name="Status">Its status.</param>
/// <param name="ContentType">Its media type, for messages.</param>
/// <param name="Body">Its JSON; nothing when it is something else.</param>
/// <param name="RetryAfter">How long the server asks to be left alone.</param>
/// <param name="ServerTime">The server's clock where it told it, otherwise ours.</param>
/// <param name="SentOn">The moment before the request was sent: lifetimes count from there.</param>
internal sealed record TokenAnswer(HttpStatusCode Status, string ContentType, TokenResponse? Body, TimeSpan? RetryAfter, DateTimeOffset ServerTime, DateTimeOffset SentOn)
{
    private const string InvalidGrant = "invalid_grant";

    // RFC 6749 §5.2.
    private static readonly string[] KnownErrors = [InvalidGrant, "invalid_request", "invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope"];

    private string Summary => $"{(int)Status} ({ContentType})";

    /// <summary>The token in this answer (<see href="https://www.rfc-editor.org/rfc/rfc6749#section-5.1">RFC 6749 §5.1</see>).</summary>
    /// <exception cref="ApiaxAuthException">There is none that can be used, and what the answer means instead.</exception>
    public TokenResponse TokenFor(TokenRequest request) => (int)Status switch
    {
        >= 200 and < 300 when Body is { AccessToken: null or "", Error: not (null or "") } => throw Refusal(request),
        >= 200 and < 300 => Usable(),
        408 or 429 or >= 500 => throw new ApiaxAuthException(ApiaxAuthFailure.Unavailable, $"The token endpoint answered {Summary}.") { RetryAfter = RetryAfter },
        >= 400 => throw Refusal(request),
        _ => throw Invalid("redirects are not followed: somebody else would get the credentials"),
    };

    public override string ToString() => $"TokenAnswer {{ {Summary} }}";

    private TokenResponse Usable()
    {
        if (Body is null)
            throw Invalid("it is not a JSON token answer");
        if (string.IsNullOrEmpty(Body.AccessToken))
            throw Invalid("it has no access_token");
        if (!ApiaxAccessToken.IsHeaderSafe(Body.AccessToken))
            throw Invalid("its access_token has characters that must not stand in a header");

        // RFC 6749 §7.1: a token of a type that the client does not know must not be used.
        if (Body.TokenType is { } type && !type.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
            throw Invalid("its token_type is not bearer");

        return Body;
    }

    // The error decides, never the status: Keycloak answers a wrong password with 401 up to version 26.5 and with 400 from 26.6.
    private ApiaxAuthException Refusal(TokenRequest request)
    {
        // Kept as it is even if the user name or the password is a word in it.
        var error = Body?.Error is { } code && KnownErrors.Contains(code) ? code : request.Presentable(Body?.Error, 64);
        var description = request.Presentable(Body?.ErrorDescription, 256);
        var rejected = error is InvalidGrant || (error is null && Status is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden);
        var explanation = (error, description) switch
        {
            (null, _) => $"{Summary} without an error code",
            (_, null) => $"{error}, status {Summary}",
            _ => $"{error}: {description}, status {Summary}",
        };

        return rejected
            ? new(ApiaxAuthFailure.CredentialsRejected, $"The token endpoint rejected the user name or password, or the account is locked: {explanation}.") { Error = error, ErrorDescription = description }
            : new(ApiaxAuthFailure.Misconfigured, $"The token endpoint, or a proxy in front of it, refused the request: {explanation}.") { Error = error, ErrorDescription = description };
    }

    private ApiaxAuthException Invalid(string why) =>
        new(ApiaxAuthFailure.InvalidAnswer, $"The token endpoint's answer {Summary} cannot be used: {why}.") { RetryAfter = RetryAfter };
}
