namespace Apiax.Http.Handlers;

/// <summary>No access token could be obtained: why, and when to try again. The API was not called.</summary>
public sealed class ApiaxAuthException : HttpRequestException
{
    /// <summary>The <see cref="Kind"/> of a failure for which the server gave no error.</summary>
    internal const string Unavailable = "unavailable";

    /// <summary>Creates the exception.</summary>
    /// <param name="reason">Why there is no token.</param>
    /// <param name="message">What happened, without secrets.</param>
    /// <param name="innerException">What caused it, if anything.</param>
    public ApiaxAuthException(ApiaxAuthFailure reason, string message, Exception? innerException = null)
        : base(ErrorOf(reason), message, innerException) => Reason = reason;

    /// <summary>Why there is no token.</summary>
    public ApiaxAuthFailure Reason { get; }

    /// <summary>The token endpoint's <c>error</c> (<see href="https://www.rfc-editor.org/rfc/rfc6749#section-5.2">RFC 6749 §5.2</see>), if it named one.</summary>
    public string? Error { get; init; }

    /// <summary>The token endpoint's <c>error_description</c>, if it gave one: 256 characters at most, without control characters, secrets and user names.</summary>
    public string? ErrorDescription { get; init; }

    /// <summary>
    /// How long further calls fail at once, without a token request, counted from when this was thrown; <see langword="null"/> if it was not thrown by this library.
    /// </summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The server limits requests, and does not say when it accepts the next.</summary>
    internal bool IsThrottled { get; init; }

    /// <summary>The server understood the request and refused it: sending the same again does not help.</summary>
    internal bool IsVerdict => Reason is ApiaxAuthFailure.CredentialsRejected or ApiaxAuthFailure.Misconfigured;

    /// <summary>The reason as in metrics and spans (<see href="https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/">error.type</see>).</summary>
    internal string Kind => Reason switch
    {
        ApiaxAuthFailure.CredentialsRejected => "credentials_rejected",
        ApiaxAuthFailure.Misconfigured => "misconfigured",
        ApiaxAuthFailure.InvalidAnswer => "invalid_answer",
        _ => Unavailable,
    };

    /// <summary>A copy of the failure for another caller: one exception that many callers throw would mix their stack traces.</summary>
    /// <param name="retryAfter">How long calls fail at once.</param>
    /// <param name="account">The account's name, for a caller that does not know it.</param>
    internal ApiaxAuthException Again(TimeSpan retryAfter, string? account = null) => new(Reason, account is null ? Message : AccountName.Before(account, Message), InnerException)
    {
        Error = Error,
        ErrorDescription = ErrorDescription,
        RetryAfter = retryAfter,
    };

    private static HttpRequestError ErrorOf(ApiaxAuthFailure reason) => reason switch
    {
        ApiaxAuthFailure.Unavailable => HttpRequestError.ConnectionError,
        ApiaxAuthFailure.InvalidAnswer => HttpRequestError.InvalidResponse,
        _ => HttpRequestError.UserAuthenticationError,
    };
}

/// <summary>Why no access token could be obtained.</summary>
public enum ApiaxAuthFailure
{
    /// <summary>
    /// The user name or password is wrong, or the user is locked: servers do not distinguish the two. The credentials are not sent again until they change
    /// or the back-off is over.
    /// </summary>
    CredentialsRejected,

    /// <summary>The server does not accept this client, grant or scope, or refuses all requests (a disabled realm). No request is sent until the back-off is over.</summary>
    Misconfigured,

    /// <summary>The token endpoint could not be reached, did not answer in time, or was overloaded; or the credentials could not be obtained.</summary>
    Unavailable,

    /// <summary>The token endpoint's answer is not a token answer: a redirect, the page of a proxy or firewall, unreadable content, an unusable token.</summary>
    InvalidAnswer,
}
