using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Tests.Secrets;

/// <summary>A token endpoint and an API on a socket, which repeat what they receive, in the way that a test chooses.</summary>
internal sealed class TalkativeServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _granted;

    private TalkativeServer()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(context => context.Request.Path.Value switch
        {
            "/token" => TokenAsync(context),
            "/revoke" => RevokeAsync(context),
            _ => ApiAsync(context),
        });
    }

    public Uri Address => new(_app.Urls.Single());

    /// <summary>While it is set, answers token requests instead of a grant. It gets the secret in the request and the whole form.</summary>
    public Func<HttpContext, string, string, Task>? Fault { get; set; }

    /// <summary>Whether the fault applies to refreshes only.</summary>
    public bool FaultIsForRefreshes { get; set; }

    /// <summary>Answers a revocation.</summary>
    public Func<HttpContext, string, string, Task>? Revocation { get; set; }

    /// <summary>The tokens that the API accepts from now on.</summary>
    public Func<string, bool> Accepts { get; set; } = _ => true;

    public int Granted => _granted;

    public static async Task<TalkativeServer> StartAsync()
    {
        var server = new TalkativeServer();
        await server._app.StartAsync();
        return server;
    }

    /// <summary>A refusal that contains secrets.</summary>
    public static Func<HttpContext, string, string, Task> Refusal(string error, Func<string, string, string> description) => (context, secret, form) =>
        WriteAsync(context, 400, "application/json", JsonSerializer.Serialize(new { error = error.Replace("{secret}", secret, StringComparison.Ordinal), error_description = description(secret, form) }));

    public static Func<HttpContext, string, string, Task> Answer(int status, string contentType, Func<string, string> body) => (context, secret, _) =>
        WriteAsync(context, status, contentType, body(secret));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TokenAsync(HttpContext context)
    {
        var (form, text) = await ReadAsync(context);
        var isRefresh = form["grant_type"] == "refresh_token";
        if (Fault is { } fault && (isRefresh || !FaultIsForRefreshes))
        {
            await fault(context, form[isRefresh ? "refresh_token" : "password"], text);
            return;
        }

        var number = ++_granted;
        await WriteAsync(context, 200, "application/json", JsonSerializer.Serialize(new { access_token = Marks.AccessToken(number), refresh_token = Marks.RefreshToken(number), expires_in = 1800 }));
    }

    private async Task RevokeAsync(HttpContext context)
    {
        var (form, text) = await ReadAsync(context);
        await Revocation!(context, form["token"], text);
    }

    private static async Task<(Dictionary<string, string> Form, string Text)> ReadAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var text = await reader.ReadToEndAsync();
        return (text.Split('&').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => WebUtility.UrlDecode(pair[1]), StringComparer.Ordinal), text);
    }

    private async Task ApiAsync(HttpContext context)
    {
        var token = context.Request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal);
        if (context.Request.Path == "/moved")
            context.Response.Redirect("/rules");
        else
            await WriteAsync(context, token.Length > 0 && Accepts(token) ? 200 : 401, "text/plain", "rules");
    }

    private static Task WriteAsync(HttpContext context, int status, string contentType, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = Encoding.UTF8.GetByteCount(body);
        context.Response.Headers.RetryAfter = status == 503 ? 60.ToString(CultureInfo.InvariantCulture) : default;
        return context.Response.WriteAsync(body);
    }
}
