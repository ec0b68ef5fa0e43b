namespace Apiax.Http.Handlers;

/// <summary>No access token could be obtained: why, and when it is worth another try. The API was not called.</summary>
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

    /// <summary>The token endpoint's <c>error_description</c>, if it gave one: 256 characters at most, control characters removed.</summary>
    public string? ErrorDescription { get; init; }

    /// <summary>How long calls fail at once, without a token request, from when this was thrown; <see langword="null"/> on an exception that no provider of this library threw.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The server understood and refused: sending the same again changes nothing.</summary>
    internal bool IsVerdict => Reason is ApiaxAuthFailure.CredentialsRejected or ApiaxAuthFailure.Misconfigured;

    /// <summary>The reason as metrics and spans spell it (<see href="https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/">error.type</see>).</summary>
    internal string Kind => Reason switch
    {
        ApiaxAuthFailure.CredentialsRejected => "credentials_rejected",
        ApiaxAuthFailure.Misconfigured => "misconfigured",
        ApiaxAuthFailure.InvalidAnswer => "invalid_answer",
        _ => Unavailable,
    };

    /// <summary>The same failure for one more caller: an exception that many callers throw would mix up their stack traces.</summary>
    /// <param name="retryAfter">How long calls fail at once.</param>
    /// <param name="account">What the account is called, for a caller who does not know which it is.</param>
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
    /// <summary>The user name or password is wrong, or the account is locked: servers do not distinguish the two. Nothing is sent again until the credentials change or a pause is over.</summary>
    CredentialsRejected,

    /// <summary>The server does not accept this client, grant or scope, or serves nobody for now (a realm that is disabled). Nothing is sent again until a pause is over.</summary>
    Misconfigured,

    /// <summary>The token endpoint could not be reached, did not answer in time, or was overloaded; or the credentials could not be obtained.</summary>
    Unavailable,

    /// <summary>The token endpoint's answer is not a token answer: a redirect, the page of a proxy or a firewall, garbage, a token that must not be used.</summary>
    InvalidAnswer,
}
