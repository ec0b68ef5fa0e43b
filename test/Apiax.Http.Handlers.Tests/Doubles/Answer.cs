using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Apiax.Http.Handlers.Tests.Doubles;

/// <summary>What a token endpoint does with one request.</summary>
internal delegate Task<HttpResponseMessage> Answer(CancellationToken cancellationToken);

internal static class Answers
{
    public const string Bearer = """{"access_token":"t1","token_type":"bearer","expires_in":1800,"refresh_token":"r1"}""";

    public static Answer Token(string json = Bearer) => Of(200, json);

    /// <summary>An answer without an error code, such as a proxy's or a captive portal's page.</summary>
    public static Answer Page(int status, string body = "<html>secret page</html>") => Of(status, body, "text/html");

    public static Answer Empty(int status) => By(() => new HttpResponseMessage((HttpStatusCode)status));

    public static Answer Error(int status, string error, string? description = null) =>
        Of(status, description is null ? $$"""{"error":"{{error}}"}""" : $$"""{"error":"{{error}}","error_description":"{{description}}"}""");

    public static Answer Of(int status, string body, string contentType = "application/json") =>
        By(() => new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, contentType) });

    public static Answer Unreachable() => By(() => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused"));

    public static Answer By(Func<HttpResponseMessage> answer) => _ => Task.FromResult(answer());

    public static Answer Silence(ManualClock time) => time.SilenceAsync<HttpResponseMessage>;

    public static Answer With(this Answer answer, Action<HttpResponseHeaders> headers) => async cancellationToken =>
    {
        var response = await answer(cancellationToken);
        headers(response.Headers);
        return response;
    };

    public static Answer RetryAfter(this Answer answer, double seconds) =>
        answer.With(headers => headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(seconds)));
}
