using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Testing;

/// <summary>What stands in front of WireMock: the token endpoint, and the check of the token on every other path.</summary>
internal sealed class SandboxPipeline(TokenEndpoint tokenEndpoint, RevocationEndpoint revocationEndpoint, BearerCheck api, TimeProvider clock)
{
    public const string TokenPath = "/auth/realms/apiax/protocol/openid-connect/token";
    public const string RevocationPath = "/auth/realms/apiax/protocol/openid-connect/revoke";

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        // Kestrel would tell the system's time; a client that reads an absolute expiry compares it with this header.
        context.Response.Headers.Date = clock.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
        return context.Request.Path.Value switch
        {
            TokenPath => tokenEndpoint.InvokeAsync(context),
            RevocationPath => revocationEndpoint.InvokeAsync(context),
            _ => api.InvokeAsync(context, next),
        };
    }
}
