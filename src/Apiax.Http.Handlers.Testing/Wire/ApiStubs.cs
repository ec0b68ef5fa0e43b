using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Testing;

/// <summary>The API's answers to calls with a valid token, by path; 404 for any other path.</summary>
internal sealed class ApiStubs
{
    private readonly ConcurrentDictionary<string, RequestDelegate> _byPath = new(StringComparer.OrdinalIgnoreCase);

    public void Set(string path, RequestDelegate answer)
    {
        if (!path.StartsWith('/'))
            throw new ArgumentException("A path must start with a slash.", nameof(path));

        _byPath[path] = answer;
    }

    public Task InvokeAsync(HttpContext context)
    {
        if (_byPath.TryGetValue(context.Request.Path.Value ?? "/", out var answer))
            return answer(context);

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
