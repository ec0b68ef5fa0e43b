using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Testing;

/// <summary>The API's answers to calls with a valid token, by path; 404 for any other path.</summary>
internal sealed class ApiStubs
{
    private readonly ConcurrentDictionary<string, RequestDelegate> _byPath = new(StringComparer.OrdinalIgnoreCase);

    public void Set(string path, RequestDelegate answer)
    {
        if (!path.StartsWith('/') || path.AsSpan().ContainsAny('?', '#', '%'))
            throw new ArgumentException("A path must start with a slash, without a query and not escaped.", nameof(path));

        if (SandboxPipeline.IsRealms(path))
            throw new ArgumentException("The path is one of the realm, not of the API.", nameof(path));

        _byPath[path] = answer;
    }

    public async Task InvokeAsync(HttpContext context)
    {
        if (!_byPath.TryGetValue(context.Request.Path.Value ?? "/", out var answer))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        try
        {
            await answer(context).ConfigureAwait(false);
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            // Without a log, nothing else would tell a test why its own code failed. A length that the code has set does not fit.
            context.Response.Clear();
            await TokenFault.Text(exception.ToString(), "text/plain", StatusCodes.Status500InternalServerError, grantType: null).AnswerAsync(context).ConfigureAwait(false);
        }
    }
}
