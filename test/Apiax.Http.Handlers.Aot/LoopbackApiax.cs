using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Apiax.Http.Handlers.IntegrationTests;

namespace Apiax.Http.Handlers.Aot;

/// <summary>A token endpoint and an API that rejects the first token, on its own port. It uses only what a native program can use: no Kestrel, no WireMock.</summary>
internal sealed class LoopbackApiax : IDisposable
{
    public const string Answer = "rules";

    private readonly HttpListener _listener = new();
    private int _tokens;

    public LoopbackApiax()
    {
        var address = $"http://127.0.0.1:{FreePort.Next()}/";
        TokenEndpoint = new Uri(address + "token");
        Rules = new Uri(address + "rules");
        _listener.Prefixes.Add(address);
        _listener.Start();
        _ = Task.Run(ServeAsync);
    }

    public Uri TokenEndpoint { get; }

    public Uri Rules { get; }

    /// <summary>The forms that the token endpoint received.</summary>
    public ConcurrentQueue<string> TokenForms { get; } = [];

    /// <summary>The forms that the revocation endpoint received.</summary>
    public ConcurrentQueue<string> Revocations { get; } = [];

    /// <summary>The <c>Authorization</c> headers that the API received.</summary>
    public ConcurrentQueue<string?> ApiCalls { get; } = [];

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (true)
        {
            var context = await _listener.GetContextAsync();
            var isTokenRequest = context.Request.Url == TokenEndpoint;
            var isRevocation = context.Request.Url?.AbsolutePath == "/end";
            var body = Encoding.UTF8.GetBytes(isTokenRequest ? await TokenAsync(context) : isRevocation ? await RevokeAsync(context) : Api(context));
            context.Response.ContentType = isTokenRequest ? "application/json" : "text/plain";
            await context.Response.OutputStream.WriteAsync(body);
            context.Response.Close();
        }
    }

    private async Task<string> RevokeAsync(HttpListenerContext context)
    {
        Revocations.Enqueue(await ReadAsync(context));
        return "";
    }

    private static async Task<string> ReadAsync(HttpListenerContext context)
    {
        using var form = new StreamReader(context.Request.InputStream);
        return await form.ReadToEndAsync();
    }

    private async Task<string> TokenAsync(HttpListenerContext context)
    {
        TokenForms.Enqueue(await ReadAsync(context));
        var number = ++_tokens;
        return $$"""{"access_token":"access-{{number}}","expires_in":1800,"refresh_token":"refresh-{{number}}","token_type":"bearer"}""";
    }

    private string Api(HttpListenerContext context)
    {
        var authorization = context.Request.Headers["Authorization"];
        ApiCalls.Enqueue(authorization);
        context.Response.StatusCode = authorization is "Bearer access-2" ? 200 : 401;
        return Answer;
    }
}
