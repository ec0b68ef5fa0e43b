using System.ComponentModel;
using System.Security.Authentication;

namespace Apiax.Http.Handlers;

/// <summary>
/// The exception of a failed request as a log may show it. .NET's texts quote an answer that is not HTTP, which may be a token or the form that was sent, and the
/// proxy's address with its password.
/// </summary>
internal static class VisibleCause
{
    /// <returns>The exception; if it may quote, another with the same <see cref="HttpRequestError"/> and without the texts.</returns>
    public static Exception Of(Exception exception) => FirstThatQuotes(exception) switch
    {
        null => exception,
        HttpRequestException quoting => Without(quoting, quoting.HttpRequestError, quoting.StatusCode is { } status ? $", status {(int)status}" : ""),
        HttpIOException quoting => Without(quoting, quoting.HttpRequestError),
        var quoting => Without(quoting, HttpRequestError.Unknown),
    };

    private static HttpRequestException Without(Exception quoting, HttpRequestError error, string status = "") => new(
        error,
        $"{quoting.GetType().Name} ({error}{status}). Its message is not shown: it may quote the answer.",
        CauseOf(quoting.InnerException));

    private static Exception? FirstThatQuotes(Exception? exception) => exception switch
    {
        null => null,
        AggregateException several => several.InnerExceptions.Select(FirstThatQuotes).FirstOrDefault(each => each is not null),

        // Before the request is sent: they name the host, the system's error or the certificate.
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError } => null,
        HttpRequestException and not ApiaxAuthException or IOException => exception,
        _ => FirstThatQuotes(exception.InnerException),
    };

    /// <summary>The system's error (a connection that was reset), or why TLS failed.</summary>
    private static Exception? CauseOf(Exception? exception) => exception is null or Win32Exception or AuthenticationException ? exception : CauseOf(exception.InnerException);
}
