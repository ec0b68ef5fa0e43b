using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Testing;

/// <summary>The realm's endpoints at Keycloak's paths, and the token check on every other path.</summary>
internal sealed class SandboxPipeline(TokenEndpoint tokenEndpoint, SessionEndpoints sessions, RealmFront front, BearerCheck api, RequestDelegate stubs, TimeProvider clock)
{
    public const string TokenPath = "/auth/realms/apiax/protocol/openid-connect/token";

    private const string Realms = "/auth/realms/";
    private const string Protocol = "/protocol/openid-connect/";

    public Task InvokeAsync(HttpContext context)
    {
        // Kestrel would send the system's time; a client that reads an absolute expiry compares it with this header.
        context.Response.Headers.Date = clock.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
        var path = context.Request.Path.Value!;
        var protocol = path.IndexOf(Protocol, StringComparison.Ordinal);
        return path.StartsWith(Realms, StringComparison.Ordinal) && protocol > Realms.Length && Endpoint(path[(protocol + Protocol.Length)..]) is { } endpoint
            ? front.InvokeAsync(context, path[Realms.Length..protocol] == "apiax" ? endpoint : UnknownRealm)
            : api.InvokeAsync(context, stubs);
    }

    private RequestDelegate? Endpoint(string name) => name switch
    {
        "token" => tokenEndpoint.InvokeAsync,
        "logout" => sessions.LogoutAsync,
        "revoke" => sessions.RevokeAsync,
        _ => null,
    };

    private static Task UnknownRealm(HttpContext context) => TokenAnswer.WriteAsync(context.Response, Refused.UnknownRealm);
}
