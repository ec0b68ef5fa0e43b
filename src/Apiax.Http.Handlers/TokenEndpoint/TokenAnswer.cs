using System.Diagnostics;
using System.Net;

namespace Apiax.Http.Handlers;

/// <summary>An answer of the token endpoint.</summary>
/// <param name="Status">Its status.</param>
/// <param name="ContentType">Its media type, for messages.</param>
/// <param name="Body">Its JSON; null if it is something else.</param>
/// <param name="RetryAfter">How long the server asks the client to wait.</param>
/// <param name="ServerTime">The server's time if the answer has it, otherwise the local time.</param>
/// <param name="SentOn">The time just before the request was sent: lifetimes count from then.</param>
internal sealed record TokenAnswer(HttpStatusCode Status, [property: DebuggerBrowsable(DebuggerBrowsableState.Never)] string ContentType, TokenJson? Body, TimeSpan? RetryAfter, DateTimeOffset ServerTime, DateTimeOffset SentOn)
{
    /// <summary>Instead of a content type.</summary>
    public const string NoContentType = "no content type";

    // RFC 6749 §5.2. Not redacted, even if the user name or password is part of one: a gap in a known text would show the secret.
    private static readonly string[] KnownErrors = ["invalid_grant", "invalid_request", "invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope"];

    private static readonly string[] KnownContentTypes = ["application/json", "application/problem+json", "text/html", "text/plain", NoContentType];

    /// <summary>Whether it has no body.</summary>
    public bool IsEmpty { get; init; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private string? Error => string.IsNullOrWhiteSpace(Body?.Error) ? null : Body.Error;

    private bool IsSuccess => (int)Status is >= 200 and < 300;

    private bool HasToken => IsSuccess && Body?.AccessToken is not (null or "");

    /// <summary>
    /// What the answer means. The <c>error</c> decides, not the status: Keycloak answers a wrong password with 401 up to version 26.5, and with 400 from 26.6;
    /// a status without <c>error</c> may come from a proxy.
    /// </summary>
    public AnswerMeaning MeaningFor(TokenRequest request) => (int)Status switch
    {
        < 200 or (>= 300 and < 400) => AnswerMeaning.NotChecked,
        429 => AnswerMeaning.Busy,
        503 => AnswerMeaning.Overloaded,
        408 or >= 500 => AnswerMeaning.Lost,
        _ when HasToken => UnusableBecause() is null ? AnswerMeaning.Granted : AnswerMeaning.Unusable,
        _ when Error is { } error => MeaningOf(error, request),
        < 300 => Body is null && !ContentType.Contains("json", StringComparison.OrdinalIgnoreCase) ? AnswerMeaning.NotChecked : AnswerMeaning.Unusable,
        400 or 401 when IsEmpty => AnswerMeaning.RefusedWithoutError,
        403 when IsEmpty && !request.IsRefresh => AnswerMeaning.RefusedWithoutError,
        _ => AnswerMeaning.NotChecked,
    };

    /// <summary>The same as an exception.</summary>
    public ApiaxAuthException FailureFor(TokenRequest request, AnswerMeaning meaning) => meaning switch
    {
        AnswerMeaning.Refused or AnswerMeaning.RefusedWithoutError => Refusal(request),
        AnswerMeaning.Misconfigured => Refused(request, ApiaxAuthFailure.Misconfigured, "The token endpoint refused the request, but not because of the user name or password"),
        AnswerMeaning.NotChecked when (int)Status >= 400 => Invalid($"Something in front of the token endpoint (a proxy, an ingress, a firewall) answered {Summary(request)} instead{((int)Status is 404 or 405 or 410 ? $", or the path in {nameof(ApiaxAuthOptions.TokenEndpoint)} is wrong" : "")}: the answer has no error code."),
        AnswerMeaning.NotChecked or AnswerMeaning.Unusable => Invalid($"The token endpoint's answer {Summary(request)} cannot be used: {UnusableBecause()}."),
        _ => new ApiaxAuthException(ApiaxAuthFailure.Unavailable, $"The token endpoint answered {(SafeError(request) is { } error ? $"{error}, status {Summary(request)}" : Summary(request))}.")
        {
            RetryAfter = RetryAfter,
            IsThrottled = meaning is AnswerMeaning.Busy && RetryAfter is null,
        },
    };

    public override string ToString() => $"TokenAnswer {{ {(int)Status} }}";

    private static AnswerMeaning MeaningOf(string error, TokenRequest request) => error switch
    {
        "invalid_grant" => AnswerMeaning.Refused,
        "invalid_token" when request.IsRefresh => AnswerMeaning.Refused,
        "temporarily_unavailable" or "slow_down" => AnswerMeaning.Busy,
        "server_error" => AnswerMeaning.Lost,
        _ => AnswerMeaning.Misconfigured,
    };

    private string? UnusableBecause() => this switch
    {
        { IsSuccess: false } => "redirects are not followed, since another server would get the credentials",
        { Body: null } => "it is not a JSON token answer",
        { HasToken: false } => "it has no access_token",
        _ when !ApiaxAccessToken.IsHeaderSafe(Body.AccessToken!) => "its access_token has characters that are not allowed in a header",

        // RFC 6749 §7.1: a token of a type that the client does not know must not be used.
        _ when Body.TokenType is { } type && !type.Equals("Bearer", StringComparison.OrdinalIgnoreCase) => "its token_type is not bearer",
        _ => null,
    };

    private ApiaxAuthException Refusal(TokenRequest request)
    {
        if (request.IsRefresh)
            return Refused(request, ApiaxAuthFailure.CredentialsRejected, "The token endpoint refused the refresh token");

        var alternatives = Error is null ? "the user is locked, or Scope or ClientId is wrong" : "the user is locked";
        return Refused(request, ApiaxAuthFailure.CredentialsRejected, $"The token endpoint rejected the user name or password, or {alternatives}");
    }

    private ApiaxAuthException Refused(TokenRequest request, ApiaxAuthFailure reason, string what)
    {
        var error = SafeError(request);
        var summary = Summary(request);
        var description = request.Redact(Body?.ErrorDescription, 256);
        var explanation = (error, description) switch
        {
            (null, _) => $"{summary} without an error code",
            (_, null) => $"{error}, status {summary}",
            _ => $"{error}: {description}, status {summary}",
        };
        return new(reason, $"{what}: {explanation}.") { Error = error, ErrorDescription = description };
    }

    private string Summary(TokenRequest request) => $"{(int)Status} ({(KnownContentTypes.Contains(ContentType) ? ContentType : request.Redact(ContentType, 100))})";

    private string? SafeError(TokenRequest request) => Error is { } code && KnownErrors.Contains(code) ? code : request.Redact(Error, 64);

    private ApiaxAuthException Invalid(string message) => new(ApiaxAuthFailure.InvalidAnswer, message) { RetryAfter = RetryAfter };
}
