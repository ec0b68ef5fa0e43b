using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Testing;

/// <summary>What stands in front of WireMock: the token endpoint, and the check of the token on every other path.</summary>
internal sealed class SandboxPipeline(TokenEndpoint tokenEndpoint, BearerCheck api, TimeProvider clock)
{
    public const string TokenPath = "/auth/realms/apiax/protocol/openid-connect/token";

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        // Kestrel would tell the system's time; a client that reads an absolute expiry compares it with this header.
        context.Response.Headers.Date = clock.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
        return context.Request.Path.Value == TokenPath ? tokenEndpoint.InvokeAsync(context) : api.InvokeAsync(context, next);
    }
}
