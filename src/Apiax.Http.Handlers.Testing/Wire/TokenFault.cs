using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Apiax.Http.Handlers.Testing;

/// <summary>The fault that replaces a token request's answer.</summary>
internal sealed class TokenFault
{
    public static readonly TokenFault Drop = new() { AnswerAsync = Abort };
    public static readonly TokenFault DropAnswer = new() { AnswerAsync = Abort, IsHandledFirst = true };
    public static readonly TokenFault HangAnswer = new() { AnswerAsync = HangAsync, IsHandledFirst = true };

    private TokenFault()
    {
    }

    public required RequestDelegate AnswerAsync { get; init; }

    /// <summary>Whether the request takes effect and only its answer is replaced.</summary>
    public bool IsHandledFirst { get; private init; }

    /// <summary>The grant that it applies to; any if null.</summary>
    public string? GrantType { get; private init; }

    public static TokenFault Status(int statusCode, TimeSpan? retryAfter, string? grantType = null) => new()
    {
        GrantType = grantType,
        AnswerAsync = context =>
        {
            if (retryAfter is { } delay)
                context.Response.Headers.RetryAfter = Math.Ceiling(delay.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return WriteAsync(context.Response, $"<html><body><h1>{statusCode}</h1></body></html>", "text/html", statusCode);
        },
    };

    public static TokenFault Text(string body, string contentType, int statusCode, string? grantType) =>
        new() { GrantType = grantType, AnswerAsync = context => WriteAsync(context.Response, body, contentType, statusCode) };

    public bool IsFor(string? grantType) => GrantType is null || GrantType == grantType;

    private static Task WriteAsync(HttpResponse response, string body, string contentType, int statusCode)
    {
        response.StatusCode = statusCode;
        response.ContentType = contentType;
        var hasBody = statusCode is not (StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified);
        return hasBody ? response.WriteAsync(body) : Task.CompletedTask;
    }

    private static Task Abort(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    private static async Task HangAsync(HttpContext context)
    {
        var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        context.Response.ContentType = "application/json";

        // An encoder in front would send nothing before the end.
        var body = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var wire = (body as StreamResponseBodyFeature)?.PriorFeature ?? body;
        await wire.Stream.WriteAsync("{\""u8.ToArray(), gone.Token).ConfigureAwait(false);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, gone.Token).ConfigureAwait(false);
    }
}
