using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Testing;

/// <summary>What a token request gets instead of its answer.</summary>
internal sealed class TokenFault
{
    public static readonly TokenFault Drop = new() { AnswerAsync = Abort };
    public static readonly TokenFault DropAnswer = new() { AnswerAsync = Abort, IsHandledFirst = true };

    private TokenFault()
    {
    }

    public required RequestDelegate AnswerAsync { get; init; }

    /// <summary>Whether the request has its effect, and only the answer is another.</summary>
    public bool IsHandledFirst { get; private init; }

    public static TokenFault Status(int statusCode, TimeSpan? retryAfter) => new()
    {
        AnswerAsync = context =>
        {
            if (retryAfter is { } delay)
                context.Response.Headers.RetryAfter = Math.Ceiling(delay.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return WriteAsync(context.Response, $"<html><body><h1>{statusCode}</h1></body></html>", "text/html", statusCode);
        },
    };

    public static TokenFault Text(string body, string contentType, int statusCode) =>
        new() { AnswerAsync = context => WriteAsync(context.Response, body, contentType, statusCode) };

    private static Task WriteAsync(HttpResponse response, string body, string contentType, int statusCode)
    {
        response.StatusCode = statusCode;
        response.ContentType = contentType;
        return response.WriteAsync(body);
    }

    private static Task Abort(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }
}
