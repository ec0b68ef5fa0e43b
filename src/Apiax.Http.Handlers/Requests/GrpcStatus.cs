namespace Apiax.Http.Handlers;

/// <summary>
/// The status of a gRPC call that failed before its first message: it is in the headers of a 200 (<c>Trailers-Only</c>,
/// <see href="https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md">gRPC over HTTP/2</see>). A later status is in the trailers, which only the caller reads.
/// </summary>
internal static class GrpcStatus
{
    /// <summary>UNAUTHENTICATED: the API does not accept the token.</summary>
    public const string Unauthenticated = "16";

    /// <returns>The status; null if there is none, or over HTTP/1.1, which gRPC does not use.</returns>
    public static string? Of(HttpResponseMessage response) =>
        response.Version.Major >= 2 && response.Headers.NonValidated.TryGetValues("grpc-status", out var values) ? values.ToString() : null;

    /// <summary>Whether the call has failed. If the response is not of a gRPC call, it has not.</summary>
    public static bool IsFailure(HttpResponseMessage response) => Of(response) is not (null or "0");
}
