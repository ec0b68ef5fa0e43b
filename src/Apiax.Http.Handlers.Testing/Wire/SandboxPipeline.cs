using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Testing;

/// <summary>The realm's endpoints at Keycloak's paths, and the token check on every other path.</summary>
internal sealed class SandboxPipeline(TokenEndpoint tokenEndpoint, SessionEndpoints sessions, RealmFront front, BearerCheck api, RequestDelegate stubs, TimeProvider clock)
{
    public const string TokenPath = "/auth/realms/apiax/protocol/openid-connect/token";

    public Task InvokeAsync(HttpContext context)
    {
        // Kestrel would send the system's time; a client that reads an absolute expiry compares it with this header.
        context.Response.Headers.Date = clock.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
        var path = context.Request.Path.Value!;
        return IsRealms(path) ? front.InvokeAsync(context, Endpoint(path)) : api.InvokeAsync(context, stubs);
    }

    // Wrong paths of the token endpoint, too: a 401 of the API would look like a wrong password.
    public static bool IsRealms(string path) => path.Contains("/realms/", StringComparison.Ordinal) || path.Contains("/protocol/openid-connect/", StringComparison.Ordinal);

    private RequestDelegate Endpoint(string path) => path.Split('/') switch
    {
        ["", "auth", "realms", not "apiax", "protocol", "openid-connect", _] => Answer(Refused.UnknownRealm),
        ["", "auth", "realms", _, "protocol", "openid-connect", "token"] => tokenEndpoint.InvokeAsync,
        ["", "auth", "realms", _, "protocol", "openid-connect", "logout"] => sessions.LogoutAsync,
        ["", "auth", "realms", _, "protocol", "openid-connect", "revoke"] => sessions.RevokeAsync,
        _ => Answer(Refused.NotFound),
    };

    private static RequestDelegate Answer(Refused refused) => context => TokenAnswer.WriteAsync(context.Response, refused);
}
